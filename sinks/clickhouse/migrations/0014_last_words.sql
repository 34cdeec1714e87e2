-- The last word on a suggestion's score and on an example counts. Within a millisecond the log's order tells which one that is; and an
-- example is added again when what is said of it changes.

CREATE OR REPLACE VIEW suggestion_scores{{.OnCluster}} AS
SELECT
    org, environment, suggestion_id,
    argMax(o.score, (o._log_time, o._offset)) AS score,
    argMax(o.model, (o._log_time, o._offset)) AS model,
    argMax(o.feature, (o._log_time, o._offset)) AS feature,
    argMax(o.language, (o._log_time, o._offset)) AS language,
    argMax(o.attributes['score_before_survival'], (o._log_time, o._offset)) AS before,
    argMax(o.attributes['survival'], (o._log_time, o._offset)) AS left,
    if(before = '', NULL, toFloat64(before)) AS score_before_survival,
    if(left = '', NULL, toFloat64(left)) AS survival
FROM outcomes AS o
WHERE category = 'suggestion'
GROUP BY org, environment, suggestion_id;

CREATE OR REPLACE VIEW examples_current{{.OnCluster}} AS
SELECT
    org, environment, domain, suggestion_id,
    argMaxIf(x.label, (x._log_time, x._offset), kind = 'added') AS label,
    argMaxIf(x.score, (x._log_time, x._offset), kind = 'added') AS score,
    argMaxIf(x.inclusion_probability, (x._log_time, x._offset), kind = 'added') AS inclusion_probability,
    argMaxIf(x.content_event_id, (x._log_time, x._offset), kind = 'added') AS content_event_id,
    argMaxIf(x.content_topic, (x._log_time, x._offset), kind = 'added') AS content_topic,
    argMaxIf(x.language, (x._log_time, x._offset), kind = 'added') AS language,
    maxIf(x._log_time, kind = 'added') AS added_at,
    countIf(kind = 'review_requested') > 0 AS review_requested,
    argMaxIf(x.verdict, (x._log_time, x._offset), kind = 'reviewed') AS verdict
FROM curated_examples AS x
GROUP BY org, environment, domain, suggestion_id
HAVING argMaxIf(x.kind, (x._log_time, x._offset), kind IN ('added', 'removed')) = 'added';
