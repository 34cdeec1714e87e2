-- One table for each record of package schemas: its fields in their order, then where the row came from.
-- Absent strings are ''. A repeated insert of the same offsets is dropped by its token while the token is remembered:
-- the windows below are counted in inserts (and for replicated tables also in seconds).

CREATE TABLE IF NOT EXISTS code_events{{.OnCluster}}
(
    event_id String COMMENT 'Unique id of the event; equals the CloudEvents header ce_id. Derived events use a hash of their cause, so that a repeat has the same id.' CODEC(ZSTD(1)),
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it happened, on the client''s clock, UTC.' CODEC(DoubleDelta, ZSTD(1)),
    source LowCardinality(String) COMMENT 'Which client or service produced the event, e.g. copilot, claude_code, security-scan.',
    org LowCardinality(String) COMMENT 'Tenant; the sealing keys are kept per org.',
    environment LowCardinality(String) COMMENT 'Where the assistant that the event is about runs.',
    kind LowCardinality(String) COMMENT 'What happened. A reshown or browsed suggestion is not a new showing.',
    file_id String COMMENT 'File that the suggestion belongs to: the partition key, so that acceptance, saves and commits of one file stay ordered.',
    suggestion_id String COMMENT 'Suggestion; the same on its showing, outcome and survival.',
    session_id String COMMENT 'Session of the client.',
    conversation_id String COMMENT 'Chat that the suggestion came from.',
    change_id String COMMENT 'Change (pull or merge request) that it went into.',
    client_version LowCardinality(String) COMMENT 'Version of the client.',
    model LowCardinality(String) COMMENT 'Model that answered, as the client names it.',
    model_version LowCardinality(String) COMMENT 'Version or snapshot of the model.',
    feature LowCardinality(String) COMMENT 'Assistant feature: inline_completion, chat, chat_edit, agent_edit, code_summary, merge_explanation, script, release_notes, incident_report ...',
    language LowCardinality(String) COMMENT 'Programming language, lower case (VS Code language id).',
    task LowCardinality(String) COMMENT 'Kind of task the person was at, where the client knows.',
    user_token String COMMENT 'Keyed token of the person.',
    team_token LowCardinality(String) COMMENT 'Keyed token of the team.',
    repo_token LowCardinality(String) COMMENT 'Keyed token of the repository.',
    path_token String COMMENT 'Keyed token of the file''s path.',
    decided_by LowCardinality(String) COMMENT 'Who or what decided; only human decisions count as acceptance by a person.',
    latency_ms Nullable(Int64) COMMENT 'From request to display, milliseconds.',
    decision_ms Nullable(Int64) COMMENT 'From display to decision, milliseconds.',
    chars Nullable(Int32) COMMENT 'Length of the suggestion, Unicode code points.',
    lines Nullable(Int32) COMMENT 'Length of the suggestion, lines.',
    accepted_chars Nullable(Int32) COMMENT 'Accepted part, code points.',
    accepted_lines Nullable(Int32) COMMENT 'Accepted part, lines.',
    lines_added Nullable(Int32) COMMENT 'Lines added to the file.',
    lines_removed Nullable(Int32) COMMENT 'Lines removed from the file.',
    prompt_tokens Nullable(Int64) COMMENT 'Tokens sent to the model.',
    completion_tokens Nullable(Int64) COMMENT 'Tokens generated.',
    cost_usd Nullable(Float64) COMMENT 'Cost of the request, US dollars.',
    checkpoint_s Nullable(Int32) COMMENT 'Survival: seconds after acceptance.',
    survival Nullable(Float64) COMMENT 'Surviving fraction of the accepted text, 0 gone to 1 untouched.',
    survival_method LowCardinality(String) COMMENT 'How survival was measured: edit_distance, four_gram, no_revert, fingerprints ...',
    reported Bool COMMENT 'True where a client reported the measure itself, as against measured by Assay.',
    commit_id String COMMENT 'Commit of a file_committed event.',
    reverts_commit_id String COMMENT 'Commit that this one reverts.',
    fingerprints Array(Int64) COMMENT 'Keyed winnowed k-gram hashes of the normalised code tokens.' CODEC(ZSTD(1)),
    sealed String COMMENT 'Code and text as JSON (see schemas.Payload), AEAD-sealed with the org''s key of the day; the event id is the associated data.' CODEC(NONE),
    seal_key_id LowCardinality(String) COMMENT 'Id of the key that opens sealed; not secret.',
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
COMMENT 'What an assistant''s code suggestion went through, and what happened to its file afterwards.';

CREATE TABLE IF NOT EXISTS chat_events{{.OnCluster}}
(
    event_id String COMMENT 'Unique id of the event; equals the CloudEvents header ce_id. Derived events use a hash of their cause, so that a repeat has the same id.' CODEC(ZSTD(1)),
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it happened, on the client''s clock, UTC.' CODEC(DoubleDelta, ZSTD(1)),
    source LowCardinality(String) COMMENT 'Which client or service produced the event, e.g. copilot, claude_code, security-scan.',
    org LowCardinality(String) COMMENT 'Tenant; the sealing keys are kept per org.',
    environment LowCardinality(String) COMMENT 'Where the assistant that the event is about runs.',
    kind LowCardinality(String) COMMENT 'What happened.',
    conversation_id String COMMENT 'Conversation: the partition key.',
    message_id String COMMENT 'Message; a rating or copy names the reply it is about.',
    session_id String COMMENT 'Session of the client.',
    suggestion_id String COMMENT 'Suggestion that came out of the reply.',
    change_id String COMMENT 'Change that the conversation is about.',
    file_id String COMMENT 'File that the conversation is about.',
    turn Nullable(Int32) COMMENT 'Position of the message in the conversation, from 0.',
    client_version LowCardinality(String) COMMENT 'Version of the client.',
    model LowCardinality(String) COMMENT 'Model that answered, as the client names it.',
    model_version LowCardinality(String) COMMENT 'Version or snapshot of the model.',
    feature LowCardinality(String) COMMENT 'Assistant feature: inline_completion, chat, chat_edit, agent_edit, code_summary, merge_explanation, script, release_notes, incident_report ...',
    language LowCardinality(String) COMMENT 'Programming language, lower case (VS Code language id).',
    task LowCardinality(String) COMMENT 'Kind of task the person was at, where the client knows.',
    user_token String COMMENT 'Keyed token of the person.',
    team_token LowCardinality(String) COMMENT 'Keyed token of the team.',
    repo_token LowCardinality(String) COMMENT 'Keyed token of the repository.',
    path_token String COMMENT 'Keyed token of the file''s path.',
    decided_by LowCardinality(String) COMMENT 'Who or what decided; only human decisions count as acceptance by a person.',
    latency_ms Nullable(Int64) COMMENT 'From prompt to complete reply, milliseconds.',
    chars Nullable(Int32) COMMENT 'Length of the message, Unicode code points.',
    lines Nullable(Int32) COMMENT 'Length of the message, lines.',
    prompt_tokens Nullable(Int64) COMMENT 'Tokens sent to the model.',
    completion_tokens Nullable(Int64) COMMENT 'Tokens generated.',
    cost_usd Nullable(Float64) COMMENT 'Cost of the request, US dollars.',
    rating LowCardinality(String) COMMENT 'The person''s verdict on the reply.',
    rating_reason LowCardinality(String) COMMENT 'Category that the client offers with a rating; never free text.',
    fingerprints Array(Int64) COMMENT 'Keyed winnowed k-gram hashes of the normalised code tokens.' CODEC(ZSTD(1)),
    sealed String COMMENT 'Code and text as JSON (see schemas.Payload), AEAD-sealed with the org''s key of the day; the event id is the associated data.' CODEC(NONE),
    seal_key_id LowCardinality(String) COMMENT 'Id of the key that opens sealed; not secret.',
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
COMMENT 'One step of a conversation with an assistant.';

CREATE TABLE IF NOT EXISTS change_events{{.OnCluster}}
(
    event_id String COMMENT 'Unique id of the event; equals the CloudEvents header ce_id. Derived events use a hash of their cause, so that a repeat has the same id.' CODEC(ZSTD(1)),
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it happened, on the client''s clock, UTC.' CODEC(DoubleDelta, ZSTD(1)),
    source LowCardinality(String) COMMENT 'Which client or service produced the event, e.g. copilot, claude_code, security-scan.',
    org LowCardinality(String) COMMENT 'Tenant; the sealing keys are kept per org.',
    environment LowCardinality(String) COMMENT 'Where the assistant that the event is about runs.',
    kind LowCardinality(String) COMMENT 'What happened.',
    change_id String COMMENT 'Change (pull or merge request), or the incident or task where no change is known: the partition key.',
    suggestion_id String COMMENT 'Suggestion that it is attributed to.',
    session_id String COMMENT 'Session of the client.',
    conversation_id String COMMENT 'Conversation that it is attributed to.',
    model LowCardinality(String) COMMENT 'Model that answered, as the client names it.',
    model_version LowCardinality(String) COMMENT 'Version or snapshot of the model.',
    feature LowCardinality(String) COMMENT 'Assistant feature: inline_completion, chat, chat_edit, agent_edit, code_summary, merge_explanation, script, release_notes, incident_report ...',
    language LowCardinality(String) COMMENT 'Programming language, lower case (VS Code language id).',
    task LowCardinality(String) COMMENT 'Kind of task.',
    user_token String COMMENT 'Keyed token of the person.',
    team_token LowCardinality(String) COMMENT 'Keyed token of the team.',
    repo_token LowCardinality(String) COMMENT 'Keyed token of the repository.',
    path_token String COMMENT 'Keyed token of the file''s path.',
    reviewer_token String COMMENT 'Keyed token of the reviewer.',
    decided_by LowCardinality(String) COMMENT 'Who or what decided; only human decisions count as acceptance by a person.',
    review_state LowCardinality(String) COMMENT 'approved, changes_requested, commented or dismissed.',
    commit_ids Array(String) COMMENT 'Commits concerned.',
    reverts_change_id String COMMENT 'Change that this one reverts.',
    deployment_id String COMMENT 'Deployment.',
    deployment_status LowCardinality(String) COMMENT 'success, failure, in_progress ...',
    deployment_target LowCardinality(String) COMMENT 'Environment deployed to, as the sender names it.',
    incident_id String COMMENT 'Incident.',
    severity LowCardinality(String) COMMENT 'Severity.',
    task_id String COMMENT 'Task.',
    assisted Nullable(Bool) COMMENT 'Whether an assistant was used.',
    succeeded Nullable(Bool) COMMENT 'Whether the task or deployment succeeded.',
    lines_added Nullable(Int32) COMMENT 'Lines added.',
    lines_removed Nullable(Int32) COMMENT 'Lines removed.',
    files_changed Nullable(Int32) COMMENT 'Files changed.',
    duration_ms Nullable(Int64) COMMENT 'Duration of the task, review, deployment or incident, milliseconds.',
    sealed String COMMENT 'Code and text as JSON (see schemas.Payload), AEAD-sealed with the org''s key of the day; the event id is the associated data.' CODEC(NONE),
    seal_key_id LowCardinality(String) COMMENT 'Id of the key that opens sealed; not secret.',
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
COMMENT 'What became of a change: review, merge, deployment, incident, revert; and tasks, assisted or not.';

CREATE TABLE IF NOT EXISTS findings{{.OnCluster}}
(
    event_id String COMMENT 'Unique id of the event; equals the CloudEvents header ce_id. Derived events use a hash of their cause, so that a repeat has the same id.' CODEC(ZSTD(1)),
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it happened, on the client''s clock, UTC.' CODEC(DoubleDelta, ZSTD(1)),
    source LowCardinality(String) COMMENT 'Which client or service produced the event, e.g. copilot, claude_code, security-scan.',
    org LowCardinality(String) COMMENT 'Tenant; the sealing keys are kept per org.',
    environment LowCardinality(String) COMMENT 'Where the assistant that the event is about runs.',
    kind LowCardinality(String) COMMENT 'finding: one weakness. The others: one summary per scanned suggestion.',
    file_id String COMMENT 'File of the suggestion: the partition key.',
    caused_by String COMMENT 'Event id of the scanned event.' CODEC(ZSTD(1)),
    suggestion_id String COMMENT 'Suggestion.',
    session_id String COMMENT 'Session of the client.',
    conversation_id String COMMENT 'Conversation.',
    change_id String COMMENT 'Change.',
    model LowCardinality(String) COMMENT 'Model that answered, as the client names it.',
    model_version LowCardinality(String) COMMENT 'Version or snapshot of the model.',
    feature LowCardinality(String) COMMENT 'Assistant feature: inline_completion, chat, chat_edit, agent_edit, code_summary, merge_explanation, script, release_notes, incident_report ...',
    language LowCardinality(String) COMMENT 'Programming language, lower case (VS Code language id).',
    team_token LowCardinality(String) COMMENT 'Keyed token of the team.',
    repo_token LowCardinality(String) COMMENT 'Keyed token of the repository.',
    path_token String COMMENT 'Keyed token of the file''s path.',
    rule_id LowCardinality(String) COMMENT 'Rule that fired.',
    rule_pack LowCardinality(String) COMMENT 'Content hash of the rule pack.',
    cwe LowCardinality(String) COMMENT 'Weakness, e.g. CWE-798.',
    owasp LowCardinality(String) COMMENT 'OWASP Top 10 category, e.g. A07:2021.',
    severity LowCardinality(String) COMMENT 'Severity of the finding; in a summary the highest among its findings.',
    confidence LowCardinality(String) COMMENT 'How sure the rule is.',
    message LowCardinality(String) COMMENT 'What is wrong, without the matched text.',
    fix_hint LowCardinality(String) COMMENT 'What to do instead.',
    line_start Nullable(Int32) COMMENT 'First line, from 1.',
    line_end Nullable(Int32) COMMENT 'Last line.',
    column_start Nullable(Int32) COMMENT 'First column, from 1.',
    column_end Nullable(Int32) COMMENT 'Last column.',
    match_hash String COMMENT 'Keyed hash of what matched, never the match.',
    match_length Nullable(Int32) COMMENT 'Length of what matched, bytes.',
    origin LowCardinality(String) COMMENT 'Whether the suggestion introduced it or the prompt''s code had it already.',
    shadow Bool COMMENT 'True while the rule is on trial: recorded, not gating.',
    findings Nullable(Int32) COMMENT 'Summary: number of findings.',
    reason LowCardinality(String) COMMENT 'Summary: why it was scanned in part or not at all.',
    attributes Map(String, String) COMMENT 'What the client sends beyond the schema; never code, text, paths or people.' CODEC(ZSTD(1)),
    _topic LowCardinality(String) COMMENT 'Topic that the row came from.',
    _partition Int32 COMMENT 'Its partition.',
    _offset Int64 COMMENT 'Its offset.' CODEC(Delta, ZSTD(1)),
    _log_time DateTime64(3, 'UTC') COMMENT 'Time of the record in the log.' CODEC(Delta, ZSTD(1))
)
ENGINE = {{.Engine "MergeTree"}}
PARTITION BY toYYYYMM(occurred_at)
ORDER BY (org, kind, rule_id, occurred_at, event_id)
{{.Dedup}}
COMMENT 'One security finding on a suggestion, or the result of one scan. A scan that could not be done never reads as clean.';

CREATE TABLE IF NOT EXISTS outcomes{{.OnCluster}}
(
    event_id String COMMENT 'Unique id of the event; equals the CloudEvents header ce_id. Derived events use a hash of their cause, so that a repeat has the same id.' CODEC(ZSTD(1)),
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it happened, on the client''s clock, UTC.' CODEC(DoubleDelta, ZSTD(1)),
    source LowCardinality(String) COMMENT 'Which client or service produced the event, e.g. copilot, claude_code, security-scan.',
    org LowCardinality(String) COMMENT 'Tenant; the sealing keys are kept per org.',
    environment LowCardinality(String) COMMENT 'Where the assistant that the event is about runs.',
    kind LowCardinality(String) COMMENT 'Success or failure.',
    domain LowCardinality(String) COMMENT 'model|version|feature|language|category: the partition key.',
    category LowCardinality(String) COMMENT 'What is measured: acceptance, retention, rating, security, delivery ...',
    signal LowCardinality(String) COMMENT 'What said so: accepted, rejected, survived, lost, thumbs_up, thumbs_down, scan_clean, scan_findings ...',
    weight Float64 COMMENT 'How many observations this one stands for.',
    caused_by String COMMENT 'Event id of the observed event.' CODEC(ZSTD(1)),
    cause_topic LowCardinality(String) COMMENT 'Topic of the observed event.',
    model LowCardinality(String) COMMENT 'Model that answered, as the client names it.',
    model_version LowCardinality(String) COMMENT 'Version or snapshot of the model.',
    feature LowCardinality(String) COMMENT 'Assistant feature: inline_completion, chat, chat_edit, agent_edit, code_summary, merge_explanation, script, release_notes, incident_report ...',
    language LowCardinality(String) COMMENT 'Programming language, lower case (VS Code language id).',
    suggestion_id String COMMENT 'Suggestion.',
    conversation_id String COMMENT 'Conversation.',
    change_id String COMMENT 'Change.',
    session_id String COMMENT 'Session.',
    team_token LowCardinality(String) COMMENT 'Keyed token of the team.',
    attributes Map(String, String) COMMENT 'What the client sends beyond the schema; never code, text, paths or people.' CODEC(ZSTD(1)),
    _topic LowCardinality(String) COMMENT 'Topic that the row came from.',
    _partition Int32 COMMENT 'Its partition.',
    _offset Int64 COMMENT 'Its offset.' CODEC(Delta, ZSTD(1)),
    _log_time DateTime64(3, 'UTC') COMMENT 'Time of the record in the log.' CODEC(Delta, ZSTD(1))
)
ENGINE = {{.Engine "MergeTree"}}
PARTITION BY toYYYYMM(occurred_at)
ORDER BY (org, domain, occurred_at, event_id)
{{.Dedup}}
COMMENT 'One observation of success or failure for a domain (model, version, feature, language, category).';

CREATE TABLE IF NOT EXISTS retrain_triggers{{.OnCluster}}
(
    event_id String COMMENT 'Unique id of the event; equals the CloudEvents header ce_id. Derived events use a hash of their cause, so that a repeat has the same id.' CODEC(ZSTD(1)),
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it happened, on the client''s clock, UTC.' CODEC(DoubleDelta, ZSTD(1)),
    source LowCardinality(String) COMMENT 'Which client or service produced the event, e.g. copilot, claude_code, security-scan.',
    org LowCardinality(String) COMMENT 'Tenant; the sealing keys are kept per org.',
    environment LowCardinality(String) COMMENT 'Where the assistant that the event is about runs.',
    kind LowCardinality(String) COMMENT 'fired or cleared.',
    domain LowCardinality(String) COMMENT 'model|version|feature|language|category: the partition key.',
    category LowCardinality(String) COMMENT 'What is measured.',
    model LowCardinality(String) COMMENT 'Model that answered, as the client names it.',
    model_version LowCardinality(String) COMMENT 'Version or snapshot of the model.',
    feature LowCardinality(String) COMMENT 'Assistant feature: inline_completion, chat, chat_edit, agent_edit, code_summary, merge_explanation, script, release_notes, incident_report ...',
    language LowCardinality(String) COMMENT 'Programming language, lower case (VS Code language id).',
    rule_id LowCardinality(String) COMMENT 'Rule that decided.',
    policy_hash LowCardinality(String) COMMENT 'Content hash of the rules in force.',
    episode_id String COMMENT 'Same for fired and cleared of one episode.',
    action LowCardinality(String) COMMENT 'What the rule asks the pipeline to do.',
    severity LowCardinality(String) COMMENT 'Severity.',
    detector LowCardinality(String) COMMENT 'Algorithm, e.g. wilson_window.',
    window_start DateTime64(3, 'UTC') COMMENT 'Start of the window, event time.',
    window_end DateTime64(3, 'UTC') COMMENT 'End of the window, event time.',
    events Float64 COMMENT 'Observations in the window, by weight.',
    failures Float64 COMMENT 'Failures among them, by weight.',
    rate Float64 COMMENT 'failures / events.',
    rate_lower Float64 COMMENT 'Lower confidence bound.',
    rate_upper Float64 COMMENT 'Upper confidence bound.',
    rate_before Nullable(Float64) COMMENT 'Rate before the window, where known.',
    slo Float64 COMMENT 'Error rate that the rule allows.',
    statistic Float64 COMMENT 'The detector''s statistic at the decision.',
    input_topic LowCardinality(String) COMMENT 'Topic of the observations.',
    input_partition Int32 COMMENT 'Partition of the observations.',
    first_offset Int64 COMMENT 'First offset of the window''s observations.',
    last_offset Int64 COMMENT 'Offset of the deciding observation.',
    worst_event_ids Array(String) COMMENT 'Events behind the latest failures of the window.',
    examples_query String COMMENT 'SQL that lists the window''s failures.',
    attributes Map(String, String) COMMENT 'What the client sends beyond the schema; never code, text, paths or people.' CODEC(ZSTD(1)),
    _topic LowCardinality(String) COMMENT 'Topic that the row came from.',
    _partition Int32 COMMENT 'Its partition.',
    _offset Int64 COMMENT 'Its offset.' CODEC(Delta, ZSTD(1)),
    _log_time DateTime64(3, 'UTC') COMMENT 'Time of the record in the log.' CODEC(Delta, ZSTD(1))
)
ENGINE = {{.Engine "MergeTree"}}
PARTITION BY toYYYYMM(occurred_at)
ORDER BY (org, domain, occurred_at, event_id)
{{.Dedup}}
COMMENT 'A domain''s error rate crossed its objective (fired) or came back (cleared), with the evidence.';

CREATE TABLE IF NOT EXISTS dead_letters{{.OnCluster}}
(
    event_id String COMMENT 'Unique id of the event; equals the CloudEvents header ce_id. Derived events use a hash of their cause, so that a repeat has the same id.' CODEC(ZSTD(1)),
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it happened, on the client''s clock, UTC.' CODEC(DoubleDelta, ZSTD(1)),
    source LowCardinality(String) COMMENT 'Which client or service produced the event, e.g. copilot, claude_code, security-scan.',
    org LowCardinality(String) COMMENT 'Tenant; the sealing keys are kept per org.',
    environment LowCardinality(String) COMMENT 'Where the assistant that the event is about runs.',
    kind LowCardinality(String) COMMENT 'Why the bytes could not be used.',
    origin String COMMENT 'topic/partition that the bytes came from, or the file''s name token: the partition key.',
    origin_topic LowCardinality(String) COMMENT 'Topic that the bytes came from, or were meant for.',
    origin_partition Int32 COMMENT 'Partition; -1 where the bytes never reached one.',
    origin_offset Int64 COMMENT 'Offset, or line number of a file.',
    origin_time Nullable(DateTime64(3, 'UTC')) COMMENT 'Log time of the original.',
    service LowCardinality(String) COMMENT 'Service that gave up on the bytes.',
    detail String COMMENT 'What was wrong, in words, without content.',
    letter_id String COMMENT 'Same for all parts of one original.',
    part Int32 COMMENT 'Index of this part, from 0.',
    parts Int32 COMMENT 'Number of parts.',
    original_bytes Int64 COMMENT 'Size of the original''s value, bytes.',
    sealed String COMMENT 'Part of the original message (key, value, headers as JSON), AEAD-sealed; the event id is the associated data.' CODEC(NONE),
    seal_key_id LowCardinality(String) COMMENT 'Id of the key that opens sealed; not secret.',
    attributes Map(String, String) COMMENT 'What the client sends beyond the schema; never code, text, paths or people.' CODEC(ZSTD(1)),
    _topic LowCardinality(String) COMMENT 'Topic that the row came from.',
    _partition Int32 COMMENT 'Its partition.',
    _offset Int64 COMMENT 'Its offset.' CODEC(Delta, ZSTD(1)),
    _log_time DateTime64(3, 'UTC') COMMENT 'Time of the record in the log.' CODEC(Delta, ZSTD(1))
)
ENGINE = {{.Engine "MergeTree"}}
PARTITION BY toYYYYMM(occurred_at)
ORDER BY (service, kind, occurred_at, event_id)
{{.Dedup}}
COMMENT 'Bytes that a service could not use, whole, sealed, with the reason. Large originals span several parts.';
