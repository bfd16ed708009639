-- One slice of the mass, RFCs %(low)s to %(high)s, set by set. Ids follow from the RFC's number n, so nothing is
-- looked up: revisions 2n-1 and 2n, round n, teams 2n-1 (board) and 2n (security).
-- bench_state, bench_step and bench_body were made by tools/bench/fill.py.

TRUNCATE mass;

INSERT INTO mass
SELECT n, 'rfc:' || n, state.state, state.rank, state.outcome, mod(n / 100, 2) = 0,
       %(first_person)s + mod(n * 7, %(people)s), 1 + mod(n * 13, %(bodies)s), mod(n, 10) = 3,
       CASE WHEN state.rank = 0 THEN 0 ELSE 1 + mod(n / 100, 2) END,
       now() - (%(total)s - n) * interval '3 years' / %(total)s - interval '40 days',
       encode(sha256(('material ' || n)::bytea), 'hex')
FROM generate_series(%(low)s::bigint, %(high)s::bigint) AS n
JOIN bench_state AS state ON state.slot = mod(n * 37, 100) + CASE WHEN n > %(total)s - %(recent)s THEN 0 ELSE 100 END;

INSERT INTO told
SELECT n, body.content || jsonb_build_object(
         'title', (body.content ->> 'title') || ' ' || n, 'issue', 'PLAT-' || n, 'touches_security', security),
       body.search
FROM mass JOIN bench_body AS body ON body.number = mass.body;

INSERT INTO rfcs_rfc (id, title, track, scenario, state, author_id, owner_id, touches_security, embargoed,
  revision_id, material_digest, approved_revision_id, approved_digest, policy_id,
  created_at, state_since, updated_at, closed_at)
SELECT n, content ->> 'title', 'standard', content ->> 'scenario', state, author, author, security, false,
       CASE revisions WHEN 0 THEN NULL ELSE 2 * n - 2 + revisions END,
       CASE revisions WHEN 0 THEN '' ELSE digest END,
       CASE WHEN outcome = 'approved' THEN 2 * n - 2 + revisions END,
       CASE WHEN outcome = 'approved' THEN digest ELSE '' END,
       CASE WHEN revisions > 0 THEN %(policy)s END,
       created, created + rank * interval '5 days', created + rank * interval '5 days',
       CASE WHEN state = 'closed' THEN created + interval '30 days' END
FROM mass JOIN told USING (n);

INSERT INTO rfcs_revision (id, rfc_id, number, content_json, material_digest, made_by_id, made_at, note)
SELECT 2 * n - 2 + number, n, number, content, digest, author, created + number * interval '1 day', 'Submitted'
FROM mass JOIN told USING (n), generate_series(1, revisions) AS number;

INSERT INTO rfcs_workingcopy (id, rfc_id, content_json, version, saved_by_id, saved_at, writers)
SELECT n, n, content, 1 + revisions, author, created, '[]' FROM mass JOIN told USING (n);

INSERT INTO rfcs_contribution (rfc_id, person_id)
SELECT n, author FROM mass WHERE revisions > 0;

INSERT INTO rfcs_affectedpackage (rfc_id, path)
SELECT n, package ->> 'path'
FROM mass JOIN told USING (n), jsonb_array_elements(content -> 'packages') AS package
WHERE revisions > 0;

INSERT INTO rfcs_acknowledgement (rfc_id, path, package_id, status, asked_at, due_at)
SELECT n, package ->> 'path', known.id, CASE WHEN rank = 1 THEN 'waiting' ELSE 'acknowledged' END,
       created + interval '1 day', created + interval '90 days'
FROM mass JOIN told USING (n), jsonb_array_elements(content -> 'packages') AS package
JOIN rfcs_package AS known ON known.path = package ->> 'path'
WHERE revisions > 0;

INSERT INTO rfcs_searchtext (rfc_id, title, body)
SELECT n, content ->> 'title', search FROM told;

-- Rounds ------------------------------------------------------------------------------------------------

INSERT INTO approvals_round (id, rfc_id, kind, in_debt, opened_by_id, opened_at, first_response_due, decision_due,
  closed_at, outcome)
SELECT n, n, 'review', false, author, created + interval '3 days', created + interval '4 days', created + interval '6 days',
       CASE WHEN outcome <> '' THEN created + interval '5 days' END, outcome
FROM mass WHERE rank >= 2;

INSERT INTO approvals_requiredteam (id, round_id, slug, minimum, fraction)
SELECT 2 * n - 1, n, 'architecture', 2, 0.5 FROM mass WHERE rank >= 2
UNION ALL
SELECT 2 * n, n, 'security', 1, 0 FROM mass WHERE rank >= 2 AND security;

INSERT INTO approvals_seat (team_id, person_id)
SELECT team.id, member.user_id
FROM mass
JOIN approvals_requiredteam AS team ON team.round_id = n
JOIN auth_group AS of ON of.name = team.slug
JOIN auth_user_groups AS member ON member.group_id = of.id;

-- What happened -----------------------------------------------------------------------------------------

INSERT INTO rfcs_event (stream, seq, kind, actor_id, at, payload, previous, digest)
SELECT stream, row_number() OVER (PARTITION BY n ORDER BY place), kind, coalesce(step.person, author),
       created + place * interval '6 hours',
       jsonb_build_object('round', n, 'revision', revisions, 'digest', digest, 'from', CASE mass.state WHEN 'withdrawn' THEN 'draft' WHEN 'rolled_back' THEN 'closed' ELSE 'review' END,
                          'to', mass.state)
         || step.payload,
       md5('p' || n || ':' || place) || md5(place || ':' || n), md5('d' || n || ':' || place) || md5(place || '-' || n)
FROM mass
JOIN bench_step AS step ON mass.rank >= step.rank
  AND (step.state IS NULL OR step.state = mass.state)
  AND (step.outcome IS NULL OR step.outcome = mass.outcome)
  AND (step.half IS NULL OR step.half = mass.half)
ORDER BY n, place;

INSERT INTO rfcs_chain (stream, seq, digest)
SELECT DISTINCT ON (stream) stream, seq, event.digest
FROM mass JOIN rfcs_event AS event USING (stream)
ORDER BY stream, seq DESC;

INSERT INTO approvals_signoff (round_id, team, signer_id, position, title, rationale, revision_id,
  material_digest, scope_digest, at, event_id)
SELECT n, payload ->> 'team', actor_id, payload ->> 'position', '', payload ->> 'rationale', 2 * n - 2 + revisions,
       mass.digest, mass.digest, at, event.id
FROM mass JOIN rfcs_event AS event USING (stream)
WHERE event.kind LIKE 'sign_off.%%';

INSERT INTO rfcs_checklistitem (rfc_id, slug, phase, kind, link, text, closed_by_id, closed_at)
SELECT n, item.slug, item.phase, item.kind, 'https://ci.example.org/' || n, '',
       CASE WHEN mass.rank > item.rank THEN %(first_person)s + mod(n * 7 + 1, %(people)s) END,
       CASE WHEN mass.rank > item.rank THEN created + interval '20 days' END
FROM mass JOIN bench_item AS item ON mass.rank >= item.rank;

INSERT INTO rfcs_message (key, channel, kind, recipient_id, rfc_id, subject, text, path, created_at, attempts, sent_at,
  last_error, read_at, in_digest)
SELECT 'round:' || n || ':opened:' || seat.person_id || ':in_app', 'in_app', 'review_asked', seat.person_id, n,
       'RFC-' || n || ' waits for your review', 'A review is asked for.', '/rfcs/RFC-' || n || '/',
       created + interval '3 days', 0, created + interval '3 days',
       '', CASE WHEN n < %(total)s - 300 THEN created + interval '4 days' END, false
FROM mass
JOIN approvals_requiredteam AS team ON team.round_id = n
JOIN approvals_seat AS seat ON seat.team_id = team.id;

TRUNCATE told;
