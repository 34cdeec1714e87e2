-- What the service rework-moves is told: sketches of text that came and went, which nobody is granted, and which go after 30 days as all sketches do.

CREATE TABLE IF NOT EXISTS move_inputs{{.OnCluster}}
(
    event_id String COMMENT 'Unique id of the event; equals the CloudEvents header ce_id. Derived events use a hash of their cause, so that a repeat has the same id.',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it happened, on the client''s clock, UTC.' CODEC(DoubleDelta, ZSTD(1)),
    source LowCardinality(String) COMMENT 'Which client or service produced the event, e.g. copilot, claude_code, security-scan.',
    org LowCardinality(String) COMMENT 'Tenant; the sealing keys are kept per org.',
    environment LowCardinality(String) COMMENT 'Where the assistant that the event is about runs.',
    kind LowCardinality(String) COMMENT 'added: text came into a file. left: an accepted suggestion''s text is no longer where it was. final: its last word, unless its text is found elsewhere.',
    repo_token LowCardinality(String) COMMENT 'Repository: the partition key.',
    file_id String COMMENT 'File that the text came into, or left.',
    caused_by String COMMENT 'Event id of what decided.',
    acceptance_id String COMMENT 'Event id of the suggestion''s acceptance.',
    suggestion_id String COMMENT 'Suggestion; the same on its showing, outcome and survival.',
    session_id String COMMENT 'Session of the client.',
    conversation_id String COMMENT 'Chat that the suggestion came from.',
    change_id String COMMENT 'Change (pull or merge request) that it went into.',
    model LowCardinality(String) COMMENT 'Model that answered, as the client names it.',
    model_version LowCardinality(String) COMMENT 'Version or snapshot of the model.',
    feature LowCardinality(String) COMMENT 'Assistant feature: inline_completion, chat, chat_edit, agent_edit, code_summary, merge_explanation, script, release_notes, incident_report ...',
    language LowCardinality(String) COMMENT 'Programming language, lower case (VS Code language id).',
    task LowCardinality(String) COMMENT 'Kind of task the person was at, where the client knows.',
    user_token String COMMENT 'Keyed token of the person.',
    team_token LowCardinality(String) COMMENT 'Keyed token of the team.',
    path_token String COMMENT 'Keyed token of the file''s path.',
    sketch String COMMENT 'Keyed token hashes of the text (see producers/privacy/fingerprint).' CODEC(ZSTD(1)) TTL toDateTime(_log_time) + INTERVAL 30 DAY,
    standing String COMMENT 'final: for each token of the sketch 1 where it still stands in its file or came into another one with the same commit, else 0.' CODEC(ZSTD(1)) TTL toDateTime(_log_time) + INTERVAL 30 DAY,
    verdict LowCardinality(String) COMMENT 'What became of it.',
    survival Nullable(Float64) COMMENT 'Fraction of the meaningful tokens that survives anywhere, 0 to 1.',
    survival_in_place Nullable(Float64) COMMENT 'Fraction that survives where it was accepted.',
    four_gram Nullable(Float64) COMMENT 'Fraction of the four-grams that survives.',
    age_s Nullable(Int64) COMMENT 'Age of the suggestion at the observation, seconds.',
    commit_id String COMMENT 'Commit that decided.',
    lines Nullable(Int32) COMMENT 'Length of the accepted piece, lines.',
    tokens Nullable(Int32) COMMENT 'Length of the accepted piece, meaningful tokens.',
    accepted_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was accepted.',
    sample_weight Nullable(Float64) COMMENT 'How many events this one stands for when the client samples; null means 1.',
    attributes Map(String, String) COMMENT 'What the client sends beyond the schema; never code, text, paths or people.' CODEC(ZSTD(1)),
    _topic LowCardinality(String) COMMENT 'Topic that the row came from.',
    _partition Int32 COMMENT 'Its partition.',
    _offset Int64 COMMENT 'Its offset.' CODEC(Delta, ZSTD(1)),
    _log_time DateTime64(3, 'UTC') COMMENT 'Time of the record in the log.' CODEC(Delta, ZSTD(1))
)
ENGINE = {{.Engine "MergeTree"}}
PARTITION BY toYYYYMM(occurred_at)
ORDER BY (org, kind, occurred_at, event_id)
{{.Dedup}}
COMMENT 'What the search for accepted code that moved between commits needs to know of a repository.';
