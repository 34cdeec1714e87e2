-- Where people are confused, about what, and why. A tag carries the org, environment, model, feature, language and team of its
-- message. Rates are of what was tagged: messages that nobody could read, and those too close to call, stand beside them.

-- A repeat of a tag has the same event id; the model of a tagger may have changed in between, so the last one counts.
CREATE VIEW IF NOT EXISTS confusion_current{{.OnCluster}} AS
SELECT
    org, environment, event_id, occurred_at, kind, channel, model, model_version, feature, language, task, team_token, user_token,
    score, reasons, problem_sketch, clarification, tagger, weak_label, reason, caused_by, conversation_id
FROM confusion_tags
ORDER BY _log_time DESC, _offset DESC
LIMIT 1 BY org, event_id;

CREATE VIEW IF NOT EXISTS confusion_daily{{.OnCluster}} AS
SELECT
    toDate(occurred_at) AS day, org, environment, channel, model, model_version, feature, language, team_token,
    countIf(kind IN ('confused', 'not_confused')) AS decided,
    countIf(kind = 'confused') AS confused,
    countIf(kind = 'abstained') AS abstained,
    countIf(kind = 'not_tagged') AS not_tagged,
    if(decided = 0, NULL, confused / decided) AS rate,
    sum(coalesce(score, 0)) AS expected
FROM confusion_current
GROUP BY day, org, environment, channel, model, model_version, feature, language, team_token;

-- A message with two reasons counts for each.
CREATE VIEW IF NOT EXISTS confusion_reasons_daily{{.OnCluster}} AS
SELECT
    toDate(occurred_at) AS day, org, environment, channel, model, model_version, feature, language, team_token,
    arrayJoin(reasons) AS why,
    count() AS messages
FROM confusion_current
WHERE kind = 'confused'
GROUP BY day, org, environment, channel, model, model_version, feature, language, team_token, why;

-- Confused messages by the bands of their problem statement's MinHash: of 32 values, 8 bands of 4. Statements that share a
-- band are candidates for near-duplicates: with Jaccard similarity s, they share one with probability 1 - (1 - s^4)^8, which
-- is a half at 0.54 (Leskovec, Rajaraman and Ullman: Mining of Massive Datasets, 3.4).
CREATE VIEW IF NOT EXISTS confusion_bands{{.OnCluster}} AS
SELECT
    org, event_id, occurred_at, channel, model, feature, language, team_token, user_token, reasons, conversation_id, problem_sketch,
    arrayJoin(range(8)) AS band,
    cityHash64(band, arraySlice(problem_sketch, 4 * band + 1, 4)) AS band_hash
FROM confusion_current
WHERE kind = 'confused' AND length(problem_sketch) = 32;

-- Problems that many people state: a group is the statements of one band that agree with its first statement in at least half of their
-- sketch. A problem may show as several groups, one for each band; the largest of those that share their first statement stands
-- for it. Groups of fewer than 5 people don't show, so that nobody is singled out.
CREATE VIEW IF NOT EXISTS confusion_problems{{.OnCluster}} AS
SELECT
    b.org AS org, f.example_event_id AS example_event_id,
    uniqExact(b.user_token) AS people, uniqExact(b.event_id) AS messages,
    min(b.occurred_at) AS first_seen, max(b.occurred_at) AS last_seen,
    topKArray(3)(b.reasons) AS why, topK(3)(b.model) AS models, topK(3)(b.feature) AS features, topK(3)(b.language) AS languages
FROM confusion_bands AS b
INNER JOIN
(
    SELECT org, band, band_hash, argMin(event_id, (occurred_at, event_id)) AS example_event_id, argMin(problem_sketch, (occurred_at, event_id)) AS sketch
    FROM confusion_bands
    GROUP BY org, band, band_hash
) AS f ON f.org = b.org AND f.band = b.band AND f.band_hash = b.band_hash
WHERE b.user_token != '' AND arrayCount((x, y) -> x = y, b.problem_sketch, f.sketch) >= 16
GROUP BY org, example_event_id, b.band, b.band_hash
HAVING people >= 5
ORDER BY messages DESC, people DESC
LIMIT 1 BY org, example_event_id;
