"""What emergencies, hotfixes and rollbacks leave must say what its events say: questions that rfcs/audit.py asks."""

NUMBER = "'RFC-' || lpad(r.id::text, greatest(4, length(r.id::text)), '0')"
REVIEWED = ("timeline", "cause", "went_well", "actions")
"""The fields of a version of a post-incident review whose digest its event holds."""
REVIEWS = f"""SELECT {NUMBER} || ' incident review ' || v.number, {", ".join(f"v.{name}" for name in REVIEWED)},
    e.payload->>'content' FROM rfcs_incidentreview v JOIN rfcs_rfc r ON r.id = v.rfc_id
    JOIN rfcs_event e ON e.id = v.event_id"""  # noqa: S608
QUESTIONS = (
    (
        "obligation",
        f"""SELECT {NUMBER}, o.kind FROM rfcs_obligation o JOIN rfcs_rfc r ON r.id = o.rfc_id
            LEFT JOIN rfcs_event b ON b.id = o.event_id LEFT JOIN rfcs_event m ON m.id = o.met_event_id
            WHERE (b.stream, b.kind, b.payload->>'obligation', b.payload->>'team', b.payload->>'owed_by',
            (b.payload->>'due_at')::timestamptz)
            IS DISTINCT FROM ('rfc:' || r.id, 'obligation.began', o.kind, o.team, o.owed_by, o.due_at)
            OR o.met_at IS NOT NULL AND (m.stream, m.kind, m.payload->>'obligation', m.at, m.actor_id)
            IS DISTINCT FROM ('rfc:' || r.id, 'obligation.met', o.kind, o.met_at, o.met_by_id)""",  # noqa: S608
        "What is owed as “{0}” is not as its events say.",
    ),
    (
        "obligation_missing",
        """SELECT e.stream || '#' || e.seq FROM rfcs_event e LEFT JOIN rfcs_obligation o
            ON o.event_id = e.id OR o.met_event_id = e.id
            WHERE e.kind IN ('obligation.began', 'obligation.met') AND o.id IS NULL""",
        "The obligation that it tells of is not stored.",
    ),
    (
        "lesson",
        f"""SELECT {NUMBER} FROM rfcs_rfc r LEFT JOIN rfcs_lesson l ON l.rfc_id = r.id
            WHERE (r.state = 'rolled_back') <> (l.id IS NOT NULL) OR (l.written_at IS NULL) <> NOT EXISTS (
            SELECT FROM rfcs_lessonversion v WHERE v.lesson_id = l.id)""",  # noqa: S608
        "Whether it owes a lesson is not what its state and the versions of the lesson say.",
    ),
    (
        "lesson_version",
        f"""SELECT {NUMBER}, v.number FROM rfcs_lessonversion v JOIN rfcs_lesson l ON l.id = v.lesson_id
            JOIN rfcs_rfc r ON r.id = l.rfc_id LEFT JOIN rfcs_event e ON e.id = v.event_id
            WHERE (e.stream, e.kind, e.actor_id, e.at, e.payload) IS DISTINCT FROM (
            'rfc:' || r.id, 'lesson.written', v.by_id, v.at, jsonb_build_object('version', v.number,
            'happened', v.happened, 'missed', v.missed, 'changes', v.changes, 'actions', v.actions))""",  # noqa: S608
        "Version {0} of its lesson does not say what its event says.",
    ),
    (
        "lesson_version_missing",
        """SELECT e.stream || '#' || e.seq FROM rfcs_event e LEFT JOIN rfcs_lessonversion v ON v.event_id = e.id
            WHERE e.kind = 'lesson.written' AND v.id IS NULL""",
        "The version of a lesson that it tells of is not stored.",
    ),
    (
        "risk_acceptance",
        f"""SELECT {NUMBER} FROM rfcs_riskacceptance a JOIN rfcs_rfc r ON r.id = a.rfc_id
            LEFT JOIN rfcs_event e ON e.id = a.event_id
            WHERE (e.stream, e.kind, e.actor_id, e.at, e.payload) IS DISTINCT FROM ('rfc:' || r.id, 'risk.accepted',
            a.by_id, a.at, jsonb_build_object('reason', a.reason, 'until', a.until::text))""",  # noqa: S608
        "An acceptance of its risk does not say what its event says.",
    ),
    (
        "risk_acceptance_missing",
        """SELECT e.stream || '#' || e.seq FROM rfcs_event e LEFT JOIN rfcs_riskacceptance a ON a.event_id = e.id
            WHERE e.kind = 'risk.accepted' AND a.id IS NULL""",
        "The acceptance of a risk that it tells of is not stored.",
    ),
    (
        "incident_review",
        f"""SELECT {NUMBER}, v.number FROM rfcs_incidentreview v JOIN rfcs_rfc r ON r.id = v.rfc_id
            LEFT JOIN rfcs_event e ON e.id = v.event_id
            WHERE (e.stream, e.kind, e.actor_id, e.at, e.payload - 'content') IS DISTINCT FROM (
            'rfc:' || r.id, 'incident.filed', v.by_id, v.at, jsonb_build_object('version', v.number))""",  # noqa: S608
        "Version {0} of its post-incident review is not as its event says.",
    ),
    (
        "incident_review_missing",
        """SELECT e.stream || '#' || e.seq FROM rfcs_event e LEFT JOIN rfcs_incidentreview v ON v.event_id = e.id
            WHERE e.kind = 'incident.filed' AND v.id IS NULL""",
        "The version of a post-incident review that it tells of is not stored.",
    ),
    (
        "incident_acceptance",
        f"""SELECT {NUMBER}, v.number FROM rfcs_incidentacceptance a JOIN rfcs_incidentreview v ON v.id = a.review_id
            JOIN rfcs_rfc r ON r.id = v.rfc_id LEFT JOIN rfcs_event e ON e.id = a.event_id
            WHERE (e.stream, e.kind, e.actor_id, e.at, e.payload) IS DISTINCT FROM (
            'rfc:' || r.id, 'incident.accepted', a.by_id, a.at, jsonb_build_object('version', v.number))""",  # noqa: S608
        "Who accepted version {0} of its post-incident review is not as its event says.",
    ),
    (
        "incident_acceptance_missing",
        """SELECT e.stream || '#' || e.seq FROM rfcs_event e LEFT JOIN rfcs_incidentacceptance a ON a.event_id = e.id
            WHERE e.kind = 'incident.accepted' AND a.id IS NULL""",
        "The acceptance of a post-incident review that it tells of is not stored.",
    ),
    (
        "outage_missing",
        """SELECT e.stream || '#' || e.seq FROM rfcs_event e LEFT JOIN rfcs_outage o ON o.event_id = e.id
            WHERE (e.kind = 'outage.recorded' OR e.kind = 'move.roll_back' AND e.payload ? 'outage_start')
            AND o.id IS NULL""",
        "The outage that it tells of is not stored.",
    ),
)
"""As those of rfcs/audit.py: place, then the facts of the sentence."""
