-- Finds the events of one kind without reading all others. Purchases, most of a ledger, are not in it:
-- it must not slow their import down.
CREATE INDEX events_by_kind ON events (workspace, kind, customer, occurred_micros, ledger_revision)
  WHERE kind <> 'PURCHASE';
