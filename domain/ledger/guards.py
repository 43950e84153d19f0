"""What the database checks of all rows that a statement adds to the books.

:source: docs/decisions/0024-what-is-checked-once-a-statement.md
"""

from __future__ import annotations

from domain.common.protect import once_a_statement

# Of a few rows it is asked in a form that finds each by its key, whatever the tables' size was when
# the statement was planned; of many as a join, planned for what is there now.
OWNER_KNOWN = once_a_statement(
    "owner_known",
    """
    IF (SELECT count(*) FROM new_rows) > 1000 THEN
        EXECUTE $many$
            SELECT EXISTS (
                SELECT 1 FROM new_rows n LEFT JOIN domain_customer c ON c.id = n.customer_id
                WHERE n.customer_id IS NOT NULL AND c.id IS NULL)
        $many$ INTO wrong;
    ELSE
        wrong := EXISTS (SELECT 1 FROM new_rows n WHERE n.customer_id IS NOT NULL AND (
            SELECT c.id FROM domain_customer c WHERE c.id = n.customer_id) IS NULL);
    END IF;
    IF wrong THEN
        RAISE EXCEPTION 'an account of a customer who is not there'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'account_customer';
    END IF;
    RETURN NULL;
    """,
    declare=[("wrong", "boolean")],
)

# One trigger for two questions: a posting pays for each trigger anew.
MONTH_OPEN_ACTOR_KNOWN = once_a_statement(
    "month_open_actor_known",
    """
    SELECT n.effective_on INTO locked_day
    FROM (SELECT DISTINCT effective_on FROM new_rows) n
    JOIN domain_ledgerperiod p ON p.month = date_trunc('month', n.effective_on)::date LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the ledger month of % is locked', locked_day
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_period_open';
    END IF;
    IF EXISTS (SELECT 1 FROM (SELECT DISTINCT actor_id FROM new_rows) n
               LEFT JOIN domain_staff s ON s.id = n.actor_id
               WHERE n.actor_id IS NOT NULL AND s.id IS NULL) THEN
        RAISE EXCEPTION 'an entry of somebody who is no member of staff'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'entry_actor';
    END IF;
    RETURN NULL;
    """,
    declare=[("locked_day", "date")],
)

# Stands for the foreign keys of transfers as well. Counted, since a question whether there is any
# is planned for finding one at once, and is asked row by row; there is none.
ONE_CURRENCY = once_a_statement(
    "one_currency",
    """
    IF (SELECT count(*) FROM new_rows) > 1000 THEN
        EXECUTE $many$
            SELECT count(*) > 0 FROM new_rows n
            LEFT JOIN domain_entry e ON e.id = n.entry_id
            LEFT JOIN domain_account d ON d.id = n.debit_id
            LEFT JOIN domain_account c ON c.id = n.credit_id
            WHERE (e.effective_on = n.effective_on
                   AND d.currency = n.currency AND d.code = n.debit_code
                   AND c.currency = n.currency AND c.code = n.credit_code) IS NOT TRUE
        $many$ INTO wrong;
    ELSE
        wrong := EXISTS (
            SELECT 1 FROM (SELECT debit_id AS id, currency, debit_code AS code
                           FROM new_rows
                           UNION SELECT credit_id, currency, credit_code FROM new_rows) n
            WHERE (SELECT a.currency || a.code FROM domain_account a
                   WHERE a.id = n.id) IS DISTINCT FROM n.currency || n.code)
        OR EXISTS (
            SELECT 1 FROM (SELECT DISTINCT entry_id, effective_on FROM new_rows) n
            WHERE (SELECT e.effective_on FROM domain_entry e
                   WHERE e.id = n.entry_id) IS DISTINCT FROM n.effective_on);
    END IF;
    IF wrong THEN
        RAISE EXCEPTION 'a transfer repeats its accounts and its entry'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_one_currency';
    END IF;
    RETURN NULL;
    """,
    declare=[("wrong", "boolean")],
)
