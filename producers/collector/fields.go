package collector

import "github.com/assayhq/assay/schemas"

// fields are the places of an event that privacy is about; nil where its record has none.
type fields struct {
	user, team, repo, path            *string
	author, reviewer, owner, approver *string
	file, oldFile                     *string
	sealed                            *[]byte
	sealKeyID                         *string
	ids                               []id
}

// id is a place for an id of the client's. Equal ids of a kind get equal tokens, in whatever record they stand.
type id struct {
	kind  string
	value *string
}

func fieldsOf(e schemas.Event) fields {
	switch e := e.(type) {
	case *schemas.CodeEvent:
		return fields{
			user: &e.UserToken, team: &e.TeamToken, repo: &e.RepoToken, path: &e.PathToken, file: &e.FileID, oldFile: &e.OldFileID,
			sealed: &e.Sealed, sealKeyID: &e.SealKeyID, ids: []id{
				{"file", &e.FileID}, {"suggestion", &e.SuggestionID}, {"session", &e.SessionID}, {"conversation", &e.ConversationID},
				{"change", &e.ChangeID}, {"commit", &e.CommitID}, {"commit", &e.RevertsCommitID},
			},
		}
	case *schemas.ChatEvent:
		return fields{
			user: &e.UserToken, team: &e.TeamToken, repo: &e.RepoToken, path: &e.PathToken, file: &e.FileID,
			sealed: &e.Sealed, sealKeyID: &e.SealKeyID, ids: []id{
				{"file", &e.FileID}, {"conversation", &e.ConversationID}, {"message", &e.MessageID}, {"session", &e.SessionID},
				{"suggestion", &e.SuggestionID}, {"change", &e.ChangeID},
			},
		}
	case *schemas.ChangeEvent:
		f := fields{
			user: &e.UserToken, team: &e.TeamToken, repo: &e.RepoToken, path: &e.PathToken,
			author: &e.AuthorToken, reviewer: &e.ReviewerToken, owner: &e.OwnerToken,
			sealed: &e.Sealed, sealKeyID: &e.SealKeyID, ids: []id{
				{"change", &e.ChangeID}, {"suggestion", &e.SuggestionID}, {"session", &e.SessionID}, {"conversation", &e.ConversationID},
				{"change", &e.RevertsChangeID}, {"deployment", &e.DeploymentID}, {"incident", &e.IncidentID}, {"task", &e.TaskID},
			},
		}
		for i := range e.CommitIDs {
			f.ids = append(f.ids, id{"commit", &e.CommitIDs[i]})
		}
		return f
	case *schemas.EvalEvent:
		return fields{approver: &e.ApproverToken, ids: []id{{"run", &e.RunID}, {"task", &e.TaskID}, {"episode", &e.EpisodeID}}}
	}
	return fields{}
}
