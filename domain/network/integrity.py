"""What always holds for members and their places, each naming the row that breaks it.

:source: docs/policies/invariants.md, N1 and N2
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from domain.common.integrity import Breach

# Paths grow by one letter from parent to child, so where they agree there is no circle.
CHECKS = (
    (
        "N1",
        """
        SELECT 'member ' || m.code, 'sits at "' || n.path || '" of tree ' || n.tree
               || '; the place above says otherwise'
        FROM domain_node n JOIN domain_member m ON m.customer_id = n.member_id
        LEFT JOIN domain_node p ON p.member_id = n.parent_id
        WHERE n.depth <> length(n.path)
           OR (n.parent_id IS NULL AND (n.path <> '' OR n.side <> '' OR n.tree <> n.member_id))
           OR (n.parent_id IS NOT NULL AND (p.member_id IS NULL OR p.tree <> n.tree
               OR n.path <> p.path || CASE n.side WHEN 'L' THEN '0' WHEN 'R' THEN '1' ELSE '' END))
        """,
    ),
    (
        "N1",
        """
        SELECT 'member ' || m.code, 'sits where somebody else sits: "' || n.path || '" of tree '
               || n.tree
        FROM (SELECT tree, path FROM domain_node GROUP BY 1, 2 HAVING count(*) > 1) twice
        JOIN domain_node n ON n.tree = twice.tree AND n.path = twice.path
        JOIN domain_member m ON m.customer_id = n.member_id
        """,
    ),
    (
        "N1",
        """
        SELECT 'member ' || m.code, 'free slots say ' || n.open || ', those below '
               || 3 - coalesce(c.taken, 0)
        FROM domain_node n JOIN domain_member m ON m.customer_id = n.member_id
        LEFT JOIN (SELECT parent_id, sum(CASE side WHEN 'L' THEN 1 ELSE 2 END) AS taken
                   FROM domain_node WHERE parent_id IS NOT NULL GROUP BY 1) c
               ON c.parent_id = n.member_id
        WHERE n.open <> 3 - coalesce(c.taken, 0)
        """,
    ),
    (
        "N1",
        """
        SELECT 'member ' || m.code, CASE WHEN n.member_id IS NULL
               THEN 'was placed and has no place' ELSE 'has a place and waits for one' END
        FROM domain_member m LEFT JOIN domain_node n ON n.member_id = m.customer_id
        WHERE (m.placed_at IS NULL) <> (n.member_id IS NULL)
        """,
    ),
    (
        "N1",
        """
        WITH RECURSIVE down(id) AS (
            SELECT customer_id FROM domain_member WHERE referred_by_id IS NULL
            UNION ALL
            SELECT m.customer_id FROM down JOIN domain_member m ON m.referred_by_id = down.id
        )
        SELECT 'member ' || m.code, 'is above themselves in the line of sponsors'
        FROM domain_member m LEFT JOIN down ON down.id = m.customer_id WHERE down.id IS NULL
        """,
    ),
    (
        # Right at every node when each equals what the nodes right below say.
        "N2",
        """
        WITH below AS (
            SELECT n.parent_id,
                   sum(1 - (u.node_id IS NOT NULL)::int + coalesce(c.left_members, 0)
                       + coalesce(c.right_members, 0)) FILTER (WHERE n.side = 'L') AS on_left,
                   sum(1 - (u.node_id IS NOT NULL)::int + coalesce(c.left_members, 0)
                       + coalesce(c.right_members, 0)) FILTER (WHERE n.side = 'R') AS on_right
            FROM domain_node n
            LEFT JOIN domain_uncountednode u ON u.node_id = n.member_id
            LEFT JOIN domain_legcount c ON c.node_id = n.member_id
            WHERE n.parent_id IS NOT NULL GROUP BY 1
        )
        SELECT 'member ' || m.code, 'counts ' || coalesce(c.left_members, 0) || ' left and '
               || coalesce(c.right_members, 0) || ' right; there are ' || coalesce(b.on_left, 0)
               || ' and ' || coalesce(b.on_right, 0)
        FROM domain_node n JOIN domain_member m ON m.customer_id = n.member_id
        LEFT JOIN domain_legcount c ON c.node_id = n.member_id
        LEFT JOIN below b ON b.parent_id = n.member_id
        WHERE coalesce(c.left_members, 0) <> coalesce(b.on_left, 0)
           OR coalesce(c.right_members, 0) <> coalesce(b.on_right, 0)
        """,
    ),
    (
        "N2",
        """
        SELECT 'place ' || u.node_id, 'waits to be counted somewhere else than it is'
        FROM domain_uncountednode u LEFT JOIN domain_node n
          ON n.member_id = u.node_id AND n.tree = u.tree AND n.path = u.path
        WHERE n.member_id IS NULL
        UNION ALL
        SELECT 'place ' || c.node_id, 'is counted and does not exist'
        FROM domain_legcount c LEFT JOIN domain_node n ON n.member_id = c.node_id
        WHERE n.member_id IS NULL
        """,
    ),
    (
        "N2",
        """
        SELECT 'member ' || m.code, 'counts as ' || sum(e.sign) || ' units'
        FROM domain_unitevent e JOIN domain_member m ON m.customer_id = e.node_id
        WHERE e.source_type IN ('active_buyer', 'placement')
        GROUP BY m.code HAVING sum(e.sign) NOT IN (0, 1)
        UNION ALL
        SELECT 'unit ' || e.id, 'takes back what was never added'
        FROM domain_unitevent e WHERE e.sign = -1 AND NOT EXISTS (
            SELECT 1 FROM domain_unitevent a WHERE a.sign = 1 AND a.node_id = e.node_id
            AND a.source_type = e.source_type AND a.source_id = e.source_id AND a.id < e.id)
        """,
    ),
)


def network_breaches() -> Iterator[Breach]:
    with connection.cursor() as cursor:
        for identity, sql in CHECKS:
            cursor.execute(sql)
            for subject, sentence in cursor.fetchall():
                yield Breach(identity, subject, sentence)
