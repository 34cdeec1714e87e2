package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/assayhq/assay/producers/collector/tokens"
	"github.com/assayhq/assay/schemas"
)

type tokensCommand struct {
	Create  createTokenCommand `cmd:"" help:"Make a token for a client of an organisation, and print it. It is kept nowhere."`
	List    listTokensCommand  `cmd:"" help:"List tokens and secrets of webhooks, without what is secret of them."`
	Revoke  revokeTokenCommand `cmd:"" help:"Refuse a token from now on."`
	Webhook webhookCommand     `cmd:"" help:"Accept the webhooks that are signed with a secret, as an organisation's."`
}

// tokensOptions say where the tokens are.
type tokensOptions struct {
	Data   string `type:"path" env:"ASSAY_DATA" placeholder:"DIR" help:"Data folder of a local instance, which holds the file."`
	Tokens string `name:"collector-tokens" type:"path" env:"ASSAY_COLLECTOR_TOKENS" placeholder:"FILE" help:"File of the tokens, the one that the collector is given."`
}

func (o tokensOptions) file() (string, error) {
	switch {
	case o.Tokens != "":
		return o.Tokens, nil
	case o.Data != "":
		return tokensFile(o.Data), nil
	}
	return "", errors.New("where are the tokens? Give --collector-tokens FILE (made when absent), or --data DIR for a local instance")
}

type createTokenCommand struct {
	tokensOptions
	Org         string `arg:"" help:"Organisation whose events they are."`
	Client      string `arg:"" help:"What sends them, e.g. claude-code."`
	Environment string `enum:"production,canary,dogfood" default:"production" help:"Where the assistant runs: ${enum}."`
	JSON        bool   `name:"json" help:"Print id and token as JSON."`
}

// createdToken is the only place where a token stands.
type createdToken struct {
	ID    string `json:"id"`
	Token string `json:"token"`
}

func (c *createTokenCommand) Run() error {
	path, err := c.file()
	if err != nil {
		return err
	}
	text, t, err := tokens.Create(path, c.Org, c.Client, schemas.Environment(c.Environment))
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(createdToken{ID: t.ID, Token: text})
	}
	fmt.Println(text)
	return nil
}

type listTokensCommand struct {
	tokensOptions
	JSON bool `name:"json" help:"Print them as JSON."`
}

type tokenList struct {
	Tokens   []tokens.Token   `json:"tokens"`
	Webhooks []tokens.Webhook `json:"webhooks"`
}

func (l *listTokensCommand) Run() error {
	path, err := l.file()
	if err != nil {
		return err
	}
	all, hooks, err := tokens.List(path)
	if err != nil {
		return err
	}
	if l.JSON {
		return json.NewEncoder(os.Stdout).Encode(tokenList{Tokens: all, Webhooks: hooks})
	}
	t := newTable(os.Stdout, "id", "org", "client", "environment", "created", "revoked")
	for _, token := range all {
		revoked := ""
		if token.RevokedAt != nil {
			revoked = token.RevokedAt.Format(time.RFC3339)
		}
		t.AppendRow(table.Row{token.ID, token.Org, token.Client, token.Environment, token.CreatedAt.Format(time.RFC3339), revoked})
	}
	for _, h := range hooks {
		t.AppendRow(table.Row{"webhook", h.Org, h.Provider, "", h.File, ""})
	}
	t.Render()
	return nil
}

type revokeTokenCommand struct {
	tokensOptions
	ID string `arg:"" help:"Its id; see 'assay tokens list'."`
}

func (r *revokeTokenCommand) Run() error {
	path, err := r.file()
	if err != nil {
		return err
	}
	return tokens.Revoke(path, r.ID)
}

type webhookCommand struct {
	tokensOptions
	Provider   string `arg:"" enum:"github,gitlab,pagerduty" help:"Who sends them: ${enum}."`
	Org        string `arg:"" help:"Organisation whose events they are."`
	SecretFile string `type:"existingfile" xor:"what" placeholder:"FILE" help:"File that holds the secret; it stays there, and the collector reads it. Several may be given, one after the other, while a secret is rotated."`
	Remove     bool   `xor:"what" help:"Forget the provider's secrets of this organisation."`
}

func (w *webhookCommand) Run() error {
	path, err := w.file()
	if err != nil {
		return err
	}
	switch {
	case w.SecretFile == "" && !w.Remove:
		return errors.New("give --secret-file FILE with the secret of the webhook, or --remove to forget those that there are")
	case !w.Remove:
		return tokens.AddWebhook(path, w.Provider, w.Org, w.SecretFile)
	}
	n, err := tokens.RemoveWebhooks(path, w.Provider, w.Org)
	if err == nil && n == 0 {
		err = fmt.Errorf("there is no secret of %s for %s: see `assay tokens list`", w.Provider, w.Org)
	}
	return err
}
