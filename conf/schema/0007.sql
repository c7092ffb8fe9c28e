-- mod_portal, schema step 7: what PortalPaperworkRetention looks for.

CREATE INDEX response_handled ON response (state, handled_at);
CREATE INDEX draft_updated ON draft (updated);
