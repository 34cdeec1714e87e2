-- Second versions of the client records, and the tables of the records that the services add: their fields in their order,
-- then where the row came from, as in 0001.

ALTER TABLE code_events{{.OnCluster}}
    ADD COLUMN IF NOT EXISTS sketch String COMMENT 'Keyed token hashes in order: of the accepted piece, or of the whole file when it was saved or committed (see producers/privacy/fingerprint).' CODEC(ZSTD(1)) AFTER sample_weight,
    ADD COLUMN IF NOT EXISTS replaced_sketch String COMMENT 'Sketch of what the accepted piece replaced.' CODEC(ZSTD(1)) AFTER sketch,
    ADD COLUMN IF NOT EXISTS elsewhere_sketch String COMMENT 'Commit: sketch of what the same commit added to other files.' CODEC(ZSTD(1)) AFTER replaced_sketch,
    ADD COLUMN IF NOT EXISTS line_start Nullable(Int32) COMMENT 'First line of the accepted piece in the file, from 1.' AFTER elsewhere_sketch,
    ADD COLUMN IF NOT EXISTS line_end Nullable(Int32) COMMENT 'Last line of the accepted piece.' AFTER line_start,
    ADD COLUMN IF NOT EXISTS old_file_id String COMMENT 'Commit: file that this one was renamed from.' AFTER line_end,
    ADD COLUMN IF NOT EXISTS is_revert Bool COMMENT 'Commit: its message says that it reverts something.' AFTER old_file_id,
    ADD COLUMN IF NOT EXISTS file_deleted Bool COMMENT 'Commit: the file is gone.' AFTER is_revert,
    ADD COLUMN IF NOT EXISTS censor_reason LowCardinality(String) COMMENT 'Why survival can''t be told: branch_switched, file_closed, tracking_stopped ...' AFTER file_deleted,
    ADD COLUMN IF NOT EXISTS metric LowCardinality(String) COMMENT 'Reported aggregate: its name, as the client documents it.' AFTER censor_reason,
    ADD COLUMN IF NOT EXISTS value Nullable(Float64) COMMENT 'Reported aggregate: its value over the period.' AFTER metric,
    ADD COLUMN IF NOT EXISTS unit LowCardinality(String) COMMENT 'Reported aggregate: its unit.' AFTER value,
    ADD COLUMN IF NOT EXISTS breakdown LowCardinality(String) COMMENT 'Reported aggregate: total, or what it is broken down by. Breakdowns need not add up to the total.' AFTER unit,
    ADD COLUMN IF NOT EXISTS period_s Nullable(Int64) COMMENT 'Reported aggregate: length of the period from occurred_at on, seconds.' AFTER breakdown;

ALTER TABLE chat_events{{.OnCluster}}
    ADD COLUMN IF NOT EXISTS tool LowCardinality(String) COMMENT 'Tool that the assistant asked for.' AFTER sample_weight,
    ADD COLUMN IF NOT EXISTS succeeded Nullable(Bool) COMMENT 'Whether the tool or the model''s call succeeded.' AFTER tool,
    ADD COLUMN IF NOT EXISTS error_type LowCardinality(String) COMMENT 'Class of the error, never its text.' AFTER succeeded,
    ADD COLUMN IF NOT EXISTS duration_ms Nullable(Int64) COMMENT 'Duration of the tool''s or the model''s call, milliseconds.' AFTER error_type,
    ADD COLUMN IF NOT EXISTS cache_read_tokens Nullable(Int64) COMMENT 'Tokens read from the model''s cache.' AFTER duration_ms,
    ADD COLUMN IF NOT EXISTS cache_creation_tokens Nullable(Int64) COMMENT 'Tokens written to the model''s cache.' AFTER cache_read_tokens;

ALTER TABLE change_events{{.OnCluster}}
    ADD COLUMN IF NOT EXISTS rule_id LowCardinality(String) COMMENT 'Triage or suppression: rule of the finding.' AFTER sample_weight,
    ADD COLUMN IF NOT EXISTS finding_id String COMMENT 'Triage: event id of the finding.' AFTER rule_id,
    ADD COLUMN IF NOT EXISTS verdict LowCardinality(String) COMMENT 'Triage: true_positive or false_positive. Gate review: approved or rejected.' AFTER finding_id,
    ADD COLUMN IF NOT EXISTS reason LowCardinality(String) COMMENT 'Category or short reason that the person gave; redacted.' AFTER verdict,
    ADD COLUMN IF NOT EXISTS owner_token String COMMENT 'Suppression: keyed token of who answers for it.' AFTER reason,
    ADD COLUMN IF NOT EXISTS expires_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Suppression: when it ends.' AFTER owner_token,
    ADD COLUMN IF NOT EXISTS fingerprints Array(Int64) COMMENT 'Keyed winnowed k-gram hashes of the code that the change adds.' CODEC(ZSTD(1)) AFTER expires_at,
    ADD COLUMN IF NOT EXISTS author_token String COMMENT 'Keyed token of the change''s author.' AFTER fingerprints,
    ADD COLUMN IF NOT EXISTS base_branch String COMMENT 'Keyed token of the branch that the change goes into.' AFTER author_token;

ALTER TABLE outcomes{{.OnCluster}}
    ADD COLUMN IF NOT EXISTS score Nullable(Float64) COMMENT 'Suggestion score, 0 bad to 1 good, where the outcome concludes a suggestion.' AFTER team_token,
    ADD COLUMN IF NOT EXISTS cwe LowCardinality(String) COMMENT 'Weakness, of a security outcome.' AFTER score,
    ADD COLUMN IF NOT EXISTS severity LowCardinality(String) COMMENT 'Severity of what failed.' AFTER cwe,
    ADD COLUMN IF NOT EXISTS file_id String COMMENT 'File of the suggestion.' AFTER severity,
    ADD COLUMN IF NOT EXISTS supersedes String COMMENT 'Event id of the weaker outcome of the same suggestion that this one corrects.' AFTER file_id,
    ADD COLUMN IF NOT EXISTS fingerprints Array(Int64) COMMENT 'Keyed winnowed k-gram hashes of the suggestion''s code.' CODEC(ZSTD(1)) AFTER supersedes;

CREATE TABLE IF NOT EXISTS confusion_tags{{.OnCluster}}
(
    event_id String COMMENT 'Unique id of the event; equals the CloudEvents header ce_id. Derived events use a hash of their cause, so that a repeat has the same id.',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it happened, on the client''s clock, UTC.' CODEC(DoubleDelta, ZSTD(1)),
    source LowCardinality(String) COMMENT 'Which client or service produced the event, e.g. copilot, claude_code, security-scan.',
    org LowCardinality(String) COMMENT 'Tenant; the sealing keys are kept per org.',
    environment LowCardinality(String) COMMENT 'Where the assistant that the event is about runs.',
    kind LowCardinality(String) COMMENT 'The tag. abstained: too close to call; not_tagged: the text could not be read.',
    conversation_id String COMMENT 'Conversation: the partition key.',
    caused_by String COMMENT 'Event id of the tagged message.',
    message_id String COMMENT 'Message; a rating or copy names the reply it is about.',
    session_id String COMMENT 'Session of the client.',
    suggestion_id String COMMENT 'Suggestion; the same on its showing, outcome and survival.',
    change_id String COMMENT 'Change (pull or merge request) that it went into.',
    turn Nullable(Int32) COMMENT 'Position of the message in the conversation, from 0.',
    model LowCardinality(String) COMMENT 'Model that answered, as the client names it.',
    model_version LowCardinality(String) COMMENT 'Version or snapshot of the model.',
    feature LowCardinality(String) COMMENT 'Assistant feature: inline_completion, chat, chat_edit, agent_edit, code_summary, merge_explanation, script, release_notes, incident_report ...',
    language LowCardinality(String) COMMENT 'Programming language, lower case (VS Code language id).',
    task LowCardinality(String) COMMENT 'Kind of task the person was at, where the client knows.',
    user_token String COMMENT 'Keyed token of the person.',
    team_token LowCardinality(String) COMMENT 'Keyed token of the team.',
    repo_token LowCardinality(String) COMMENT 'Keyed token of the repository.',
    channel LowCardinality(String) COMMENT 'chat, review or feedback.',
    score Nullable(Float64) COMMENT 'Calibrated probability that the writer is confused.',
    reasons Array(String) COMMENT 'misunderstood_request, unclear_explanation, missing_context, unexpected_behaviour, missing_rationale, unsure_how.',
    span_start Nullable(Int32) COMMENT 'First byte of the evidence in the message.',
    span_end Nullable(Int32) COMMENT 'Byte after the evidence.',
    problem_spans Array(Int64) COMMENT 'Byte offsets [start, end) in the message of the sentences that state the problem, best first, flattened.',
    problem_sketch Array(Int64) COMMENT 'MinHash of the problem statement''s words, keyed, to find near-duplicates.' CODEC(ZSTD(1)),
    clarification Array(String) COMMENT 'What to ask or explain next, step by step: ids of templates.',
    tagger LowCardinality(String) COMMENT 'Content hash of the model that tagged.',
    weak_label LowCardinality(String) COMMENT 'What behaviour suggests: re_asked, thumbs_down, undone. For training, never for evaluation.',
    reason LowCardinality(String) COMMENT 'Why the message was not tagged.',
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
COMMENT 'Whether a message shows confusion, why, and where in it.';

CREATE TABLE IF NOT EXISTS rework_verdicts{{.OnCluster}}
(
    event_id String COMMENT 'Unique id of the event; equals the CloudEvents header ce_id. Derived events use a hash of their cause, so that a repeat has the same id.',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it happened, on the client''s clock, UTC.' CODEC(DoubleDelta, ZSTD(1)),
    source LowCardinality(String) COMMENT 'Which client or service produced the event, e.g. copilot, claude_code, security-scan.',
    org LowCardinality(String) COMMENT 'Tenant; the sealing keys are kept per org.',
    environment LowCardinality(String) COMMENT 'Where the assistant that the event is about runs.',
    kind LowCardinality(String) COMMENT 'final: the last word on a suggestion. checkpoint: its survival at an age. censored: what can no longer be told.',
    file_id String COMMENT 'File of the suggestion: the partition key.',
    caused_by String COMMENT 'Event id of what decided.',
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
    repo_token LowCardinality(String) COMMENT 'Keyed token of the repository.',
    path_token String COMMENT 'Keyed token of the file''s path.',
    verdict LowCardinality(String) COMMENT 'What became of it.',
    survival Nullable(Float64) COMMENT 'Fraction of the meaningful tokens that survives anywhere, 0 to 1.',
    survival_in_place Nullable(Float64) COMMENT 'Fraction that survives where it was accepted.',
    retained_chars Nullable(Float64) COMMENT 'Accepted and retained characters (ARC), fraction, where text or lengths are known.',
    four_gram Nullable(Float64) COMMENT 'Fraction of the four-grams that survives.',
    checkpoint_s Nullable(Int32) COMMENT 'Age that the checkpoint stands for, seconds.',
    age_s Nullable(Int64) COMMENT 'Age of the suggestion at the observation, seconds.',
    reported Bool COMMENT 'True where a client measured it, as against Assay.',
    method LowCardinality(String) COMMENT 'How it was measured: sketch, edit_distance, four_gram, no_revert ...',
    censor_reason LowCardinality(String) COMMENT 'Why it can''t be told any more: branch_switched, file_closed, tracking_stopped, expired.',
    moved_to String COMMENT 'File that it moved to.',
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
COMMENT 'What became of an accepted suggestion.';

CREATE TABLE IF NOT EXISTS gate_inputs{{.OnCluster}}
(
    event_id String COMMENT 'Unique id of the event; equals the CloudEvents header ce_id. Derived events use a hash of their cause, so that a repeat has the same id.',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it happened, on the client''s clock, UTC.' CODEC(DoubleDelta, ZSTD(1)),
    source LowCardinality(String) COMMENT 'Which client or service produced the event, e.g. copilot, claude_code, security-scan.',
    org LowCardinality(String) COMMENT 'Tenant; the sealing keys are kept per org.',
    environment LowCardinality(String) COMMENT 'Where the assistant that the event is about runs.',
    kind LowCardinality(String) COMMENT 'What happened.',
    repo_token LowCardinality(String) COMMENT 'Repository: the partition key.',
    caused_by String COMMENT 'Event id of the cause.',
    cause_topic LowCardinality(String) COMMENT 'Topic of the cause.',
    change_id String COMMENT 'Change (pull or merge request) that it went into.',
    suggestion_id String COMMENT 'Suggestion; the same on its showing, outcome and survival.',
    file_id String COMMENT 'File that the suggestion belongs to: the partition key, so that acceptance, saves and commits of one file stay ordered.',
    path_token String COMMENT 'Keyed token of the file''s path.',
    model LowCardinality(String) COMMENT 'Model that answered, as the client names it.',
    model_version LowCardinality(String) COMMENT 'Version or snapshot of the model.',
    feature LowCardinality(String) COMMENT 'Assistant feature: inline_completion, chat, chat_edit, agent_edit, code_summary, merge_explanation, script, release_notes, incident_report ...',
    language LowCardinality(String) COMMENT 'Programming language, lower case (VS Code language id).',
    commit_ids Array(String) COMMENT 'Commits concerned.',
    commit_id String COMMENT 'Commit.',
    fingerprints Array(Int64) COMMENT 'Keyed winnowed k-gram hashes of the code.' CODEC(ZSTD(1)),
    rule_id LowCardinality(String) COMMENT 'Rule that fired.',
    cwe LowCardinality(String) COMMENT 'Weakness, e.g. CWE-798.',
    severity LowCardinality(String) COMMENT 'Severity.',
    confidence LowCardinality(String) COMMENT 'How sure the rule is.',
    origin LowCardinality(String) COMMENT 'Whether the suggestion introduced it or the prompt''s code had it already.',
    shadow Bool COMMENT 'True while the rule is on trial: recorded, not gating.',
    line_start Nullable(Int32) COMMENT 'First line, from 1.',
    line_end Nullable(Int32) COMMENT 'Last line.',
    match_hash String COMMENT 'Keyed hash of what matched.',
    author_token String COMMENT 'Keyed token of the author.',
    reviewer_token String COMMENT 'Keyed token of the reviewer.',
    review_state LowCardinality(String) COMMENT 'approved, changes_requested, commented or dismissed.',
    finding_id String COMMENT 'Finding that a triage is about.',
    verdict LowCardinality(String) COMMENT 'Of a triage or a gate review.',
    reason LowCardinality(String) COMMENT 'Reason that the person gave.',
    expires_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When a suppression ends.',
    incident_id String COMMENT 'Incident.',
    base_branch String COMMENT 'Keyed token of the branch that the change goes into.',
    lines Nullable(Int32) COMMENT 'Lines of the suggestion.',
    attributes Map(String, String) COMMENT 'What the client sends beyond the schema; never code, text, paths or people.' CODEC(ZSTD(1)),
    _topic LowCardinality(String) COMMENT 'Topic that the row came from.',
    _partition Int32 COMMENT 'Its partition.',
    _offset Int64 COMMENT 'Its offset.' CODEC(Delta, ZSTD(1)),
    _log_time DateTime64(3, 'UTC') COMMENT 'Time of the record in the log.' CODEC(Delta, ZSTD(1))
)
ENGINE = {{.Engine "MergeTree"}}
PARTITION BY toYYYYMM(occurred_at)
ORDER BY (org, repo_token, occurred_at, event_id)
{{.Dedup}}
COMMENT 'What the gate needs to know of a repository, from every topic under one key.';

CREATE TABLE IF NOT EXISTS gate_decisions{{.OnCluster}}
(
    event_id String COMMENT 'Unique id of the event; equals the CloudEvents header ce_id. Derived events use a hash of their cause, so that a repeat has the same id.',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it happened, on the client''s clock, UTC.' CODEC(DoubleDelta, ZSTD(1)),
    source LowCardinality(String) COMMENT 'Which client or service produced the event, e.g. copilot, claude_code, security-scan.',
    org LowCardinality(String) COMMENT 'Tenant; the sealing keys are kept per org.',
    environment LowCardinality(String) COMMENT 'Where the assistant that the event is about runs.',
    kind LowCardinality(String) COMMENT 'The decision.',
    change_id String COMMENT 'Change: the partition key.',
    caused_by String COMMENT 'Event id of the evidence that decided.',
    repo_token LowCardinality(String) COMMENT 'Keyed token of the repository.',
    previous LowCardinality(String) COMMENT 'Decision before this one.',
    policy_hash LowCardinality(String) COMMENT 'Content hash of the policy in force.',
    reasons Array(String) COMMENT 'Why, one sentence each, without code.',
    rule_ids Array(String) COMMENT 'Rules of the findings that count.',
    finding_ids Array(String) COMMENT 'Event ids of the findings that count.',
    suggestion_ids Array(String) COMMENT 'Suggestions that the change carries.',
    severity LowCardinality(String) COMMENT 'Severity.',
    reviewer_token String COMMENT 'Keyed token of who reviewed.',
    reviewed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was reviewed.',
    review_reason String COMMENT 'Reason that the reviewer gave.',
    commit_ids Array(String) COMMENT 'Commits to revert.',
    incident_id String COMMENT 'Incident behind a revert request.',
    attributes Map(String, String) COMMENT 'What the client sends beyond the schema; never code, text, paths or people.' CODEC(ZSTD(1)),
    _topic LowCardinality(String) COMMENT 'Topic that the row came from.',
    _partition Int32 COMMENT 'Its partition.',
    _offset Int64 COMMENT 'Its offset.' CODEC(Delta, ZSTD(1)),
    _log_time DateTime64(3, 'UTC') COMMENT 'Time of the record in the log.' CODEC(Delta, ZSTD(1))
)
ENGINE = {{.Engine "MergeTree"}}
PARTITION BY toYYYYMM(occurred_at)
ORDER BY (org, change_id, occurred_at, event_id)
{{.Dedup}}
COMMENT 'What the merge gate says about a change, and why.';

CREATE TABLE IF NOT EXISTS signals{{.OnCluster}}
(
    event_id String COMMENT 'Unique id of the event; equals the CloudEvents header ce_id. Derived events use a hash of their cause, so that a repeat has the same id.',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it happened, on the client''s clock, UTC.' CODEC(DoubleDelta, ZSTD(1)),
    source LowCardinality(String) COMMENT 'Which client or service produced the event, e.g. copilot, claude_code, security-scan.',
    org LowCardinality(String) COMMENT 'Tenant; the sealing keys are kept per org.',
    environment LowCardinality(String) COMMENT 'Where the assistant that the event is about runs.',
    kind LowCardinality(String) COMMENT 'context: what the subject is; no judgement.',
    subject String COMMENT 'Suggestion, else reply, conversation or change that it is about: the partition key.',
    category LowCardinality(String) COMMENT 'What is measured: acceptance, retention, rating, security, confusion, delivery.',
    signal LowCardinality(String) COMMENT 'What said so: accepted, rejected, kept, rewritten, thumbs_up, scan_clean, confused ...',
    weight Float64 COMMENT 'How many observations this one stands for.',
    caused_by String COMMENT 'Event id of the cause.',
    cause_topic LowCardinality(String) COMMENT 'Topic of the cause.',
    value Nullable(Float64) COMMENT 'Measured value, e.g. the surviving fraction.',
    cwe LowCardinality(String) COMMENT 'Weakness, e.g. CWE-798.',
    severity LowCardinality(String) COMMENT 'Severity.',
    model LowCardinality(String) COMMENT 'Model that answered, as the client names it.',
    model_version LowCardinality(String) COMMENT 'Version or snapshot of the model.',
    feature LowCardinality(String) COMMENT 'Assistant feature: inline_completion, chat, chat_edit, agent_edit, code_summary, merge_explanation, script, release_notes, incident_report ...',
    language LowCardinality(String) COMMENT 'Programming language, lower case (VS Code language id).',
    suggestion_id String COMMENT 'Suggestion; the same on its showing, outcome and survival.',
    conversation_id String COMMENT 'Chat that the suggestion came from.',
    change_id String COMMENT 'Change (pull or merge request) that it went into.',
    session_id String COMMENT 'Session of the client.',
    file_id String COMMENT 'File that the suggestion belongs to: the partition key, so that acceptance, saves and commits of one file stay ordered.',
    team_token LowCardinality(String) COMMENT 'Keyed token of the team.',
    repo_token LowCardinality(String) COMMENT 'Keyed token of the repository.',
    fingerprints Array(Int64) COMMENT 'Keyed winnowed k-gram hashes of the suggestion''s code.' CODEC(ZSTD(1)),
    attributes Map(String, String) COMMENT 'What the client sends beyond the schema; never code, text, paths or people.' CODEC(ZSTD(1)),
    _topic LowCardinality(String) COMMENT 'Topic that the row came from.',
    _partition Int32 COMMENT 'Its partition.',
    _offset Int64 COMMENT 'Its offset.' CODEC(Delta, ZSTD(1)),
    _log_time DateTime64(3, 'UTC') COMMENT 'Time of the record in the log.' CODEC(Delta, ZSTD(1))
)
ENGINE = {{.Engine "MergeTree"}}
PARTITION BY toYYYYMM(occurred_at)
ORDER BY (org, subject, occurred_at, event_id)
{{.Dedup}}
COMMENT 'One thing that speaks for or against a suggestion, a reply or a change, before precedence is settled.';

CREATE TABLE IF NOT EXISTS curated_examples{{.OnCluster}}
(
    event_id String COMMENT 'Unique id of the event; equals the CloudEvents header ce_id. Derived events use a hash of their cause, so that a repeat has the same id.',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it happened, on the client''s clock, UTC.' CODEC(DoubleDelta, ZSTD(1)),
    source LowCardinality(String) COMMENT 'Which client or service produced the event, e.g. copilot, claude_code, security-scan.',
    org LowCardinality(String) COMMENT 'Tenant; the sealing keys are kept per org.',
    environment LowCardinality(String) COMMENT 'Where the assistant that the event is about runs.',
    kind LowCardinality(String) COMMENT 'What happened to the example.',
    suggestion_id String COMMENT 'Suggestion: the partition key.',
    domain LowCardinality(String) COMMENT 'model|version|feature|language.',
    caused_by String COMMENT 'Event id of what decided.',
    content_event_id String COMMENT 'Event whose sealed payload is the example.',
    content_topic LowCardinality(String) COMMENT 'Topic of that event.',
    label LowCardinality(String) COMMENT 'What to learn from it.',
    score Nullable(Float64) COMMENT 'Suggestion score, 0 bad to 1 good.',
    inclusion_probability Nullable(Float64) COMMENT 'Probability with which the reservoir kept it.',
    model LowCardinality(String) COMMENT 'Model that answered, as the client names it.',
    model_version LowCardinality(String) COMMENT 'Version or snapshot of the model.',
    feature LowCardinality(String) COMMENT 'Assistant feature: inline_completion, chat, chat_edit, agent_edit, code_summary, merge_explanation, script, release_notes, incident_report ...',
    language LowCardinality(String) COMMENT 'Programming language, lower case (VS Code language id).',
    conversation_id String COMMENT 'Chat that the suggestion came from.',
    session_id String COMMENT 'Session of the client.',
    file_id String COMMENT 'File that the suggestion belongs to: the partition key, so that acceptance, saves and commits of one file stay ordered.',
    team_token LowCardinality(String) COMMENT 'Keyed token of the team.',
    repo_token LowCardinality(String) COMMENT 'Keyed token of the repository.',
    fingerprints Array(Int64) COMMENT 'Keyed winnowed k-gram hashes of the code.' CODEC(ZSTD(1)),
    reason LowCardinality(String) COMMENT 'Why it was added, removed or is to be reviewed.',
    reviewer_token String COMMENT 'Keyed token of the reviewer.',
    verdict LowCardinality(String) COMMENT 'Of a review: fit or unfit.',
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
COMMENT 'An example to train on, or one that left the buffer.';

CREATE TABLE IF NOT EXISTS eval_events{{.OnCluster}}
(
    event_id String COMMENT 'Unique id of the event; equals the CloudEvents header ce_id. Derived events use a hash of their cause, so that a repeat has the same id.',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it happened, on the client''s clock, UTC.' CODEC(DoubleDelta, ZSTD(1)),
    source LowCardinality(String) COMMENT 'Which client or service produced the event, e.g. copilot, claude_code, security-scan.',
    org LowCardinality(String) COMMENT 'Tenant; the sealing keys are kept per org.',
    environment LowCardinality(String) COMMENT 'Where the assistant that the event is about runs.',
    kind LowCardinality(String) COMMENT 'What happened.',
    model_id String COMMENT 'Candidate: the partition key.',
    run_id String COMMENT 'Evaluation run.',
    baseline_id String COMMENT 'Model that it is to replace.',
    task_id String COMMENT 'Hold-out task.',
    language LowCardinality(String) COMMENT 'Programming language, lower case (VS Code language id).',
    feature LowCardinality(String) COMMENT 'Assistant feature: inline_completion, chat, chat_edit, agent_edit, code_summary, merge_explanation, script, release_notes, incident_report ...',
    category LowCardinality(String) COMMENT 'Kind of task, e.g. completion, repair, security.',
    domain LowCardinality(String) COMMENT 'Domain of the trigger that it answers.',
    episode_id String COMMENT 'Episode of the trigger that it answers.',
    candidate_passed Nullable(Bool) COMMENT 'Whether the candidate solved the task.',
    baseline_passed Nullable(Bool) COMMENT 'Whether the baseline solved the same task.',
    candidate_findings Nullable(Int32) COMMENT 'High-severity security findings in the candidate''s answer.',
    baseline_findings Nullable(Int32) COMMENT 'High-severity security findings in the baseline''s answer.',
    planned_tasks Nullable(Int32) COMMENT 'Run: number of tasks that it will have.',
    approver_token String COMMENT 'Keyed token of who approved or rejected.',
    reason LowCardinality(String) COMMENT 'Reason that the person gave.',
    attributes Map(String, String) COMMENT 'What the client sends beyond the schema; never code, text, paths or people.' CODEC(ZSTD(1)),
    _topic LowCardinality(String) COMMENT 'Topic that the row came from.',
    _partition Int32 COMMENT 'Its partition.',
    _offset Int64 COMMENT 'Its offset.' CODEC(Delta, ZSTD(1)),
    _log_time DateTime64(3, 'UTC') COMMENT 'Time of the record in the log.' CODEC(Delta, ZSTD(1))
)
ENGINE = {{.Engine "MergeTree"}}
PARTITION BY toYYYYMM(occurred_at)
ORDER BY (org, model_id, run_id, occurred_at, event_id)
{{.Dedup}}
COMMENT 'A step of a hold-out evaluation of a candidate model against its baseline.';

CREATE TABLE IF NOT EXISTS promotion_decisions{{.OnCluster}}
(
    event_id String COMMENT 'Unique id of the event; equals the CloudEvents header ce_id. Derived events use a hash of their cause, so that a repeat has the same id.',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it happened, on the client''s clock, UTC.' CODEC(DoubleDelta, ZSTD(1)),
    source LowCardinality(String) COMMENT 'Which client or service produced the event, e.g. copilot, claude_code, security-scan.',
    org LowCardinality(String) COMMENT 'Tenant; the sealing keys are kept per org.',
    environment LowCardinality(String) COMMENT 'Where the assistant that the event is about runs.',
    kind LowCardinality(String) COMMENT 'The decision.',
    model_id String COMMENT 'Candidate: the partition key.',
    baseline_id String COMMENT 'Model that it would replace.',
    run_id String COMMENT 'Evaluation run.',
    caused_by String COMMENT 'Event id of what decided.',
    domain LowCardinality(String) COMMENT 'Domain of the trigger that it answers.',
    episode_id String COMMENT 'Episode of the trigger that it answers.',
    policy_hash LowCardinality(String) COMMENT 'Content hash of the policy in force.',
    test LowCardinality(String) COMMENT 'Test that decided: mcnemar_exact or e_process.',
    tasks Nullable(Int64) COMMENT 'Tasks compared.',
    both_passed Nullable(Int64) COMMENT 'Solved by both.',
    candidate_only Nullable(Int64) COMMENT 'Solved by the candidate alone.',
    baseline_only Nullable(Int64) COMMENT 'Solved by the baseline alone.',
    neither Nullable(Int64) COMMENT 'Solved by neither.',
    p_value Nullable(Float64) COMMENT 'Exact McNemar test, one-sided.',
    e_value Nullable(Float64) COMMENT 'Anytime-valid e-process against "not better".',
    effect Nullable(Float64) COMMENT 'Difference of the pass rates, candidate minus baseline.',
    effect_lower Nullable(Float64) COMMENT 'Lower 95 % bound.',
    effect_upper Nullable(Float64) COMMENT 'Upper 95 % bound.',
    min_effect Nullable(Float64) COMMENT 'Smallest difference that the policy asks for.',
    required_tasks Nullable(Int64) COMMENT 'Tasks that the policy needs for its power.',
    regressions Array(String) COMMENT 'Guards that failed, e.g. language:go, security.',
    approver_token String COMMENT 'Keyed token of who approved or rejected.',
    reason LowCardinality(String) COMMENT 'Why, one sentence.',
    attributes Map(String, String) COMMENT 'What the client sends beyond the schema; never code, text, paths or people.' CODEC(ZSTD(1)),
    _topic LowCardinality(String) COMMENT 'Topic that the row came from.',
    _partition Int32 COMMENT 'Its partition.',
    _offset Int64 COMMENT 'Its offset.' CODEC(Delta, ZSTD(1)),
    _log_time DateTime64(3, 'UTC') COMMENT 'Time of the record in the log.' CODEC(Delta, ZSTD(1))
)
ENGINE = {{.Engine "MergeTree"}}
PARTITION BY toYYYYMM(occurred_at)
ORDER BY (org, model_id, occurred_at, event_id)
{{.Dedup}}
COMMENT 'Whether a candidate may replace its baseline, with the test that decided.';
