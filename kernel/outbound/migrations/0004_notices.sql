-- What a notice needs beyond a callback: whose it is, when it may go, and what its provider said of
-- it afterwards. Held rows wait for a summary or for another row to fail; nobody claims them.
ALTER TABLE outbound.deliveries
    DROP CONSTRAINT deliveries_status_check,
    ADD CONSTRAINT deliveries_status_check
        CHECK (status IN ('pending', 'held', 'delivered', 'failed', 'withdrawn')),
    ADD COLUMN person text,
    ADD COLUMN informs boolean NOT NULL DEFAULT false,
    ADD COLUMN summary_id uuid,
    ADD COLUMN fallback_of uuid,
    ADD COLUMN provider text,
    ADD COLUMN receipt text CHECK (receipt IN ('sent', 'failed', 'delivered', 'clicked')),
    ADD COLUMN receipt_error text,
    ADD COLUMN receipt_at timestamptz;

COMMENT ON COLUMN outbound.deliveries.person IS 'the person of the tenant who is told, if it is one';
COMMENT ON COLUMN outbound.deliveries.informs IS
    'asks for nothing: neither reported to the core nor withdrawn with its request';
COMMENT ON COLUMN outbound.deliveries.summary_id IS 'held: the delivery that will say it with others';
COMMENT ON COLUMN outbound.deliveries.fallback_of IS 'held: goes only if that delivery does not arrive';
COMMENT ON COLUMN outbound.deliveries.provider IS 'who took it: smtp, twilio, slack and so on';
COMMENT ON COLUMN outbound.deliveries.receipt IS 'what became of it then; it only ever rises';

DROP INDEX outbound.deliveries_unreported;
CREATE INDEX deliveries_unreported ON outbound.deliveries (service, settled_at)
    WHERE reported_at IS NULL AND status NOT IN ('pending', 'held');
CREATE INDEX deliveries_of_provider ON outbound.deliveries (provider_id, provider)
    WHERE provider IS NOT NULL;
CREATE INDEX deliveries_of_person ON outbound.deliveries (person, tenant, going_since)
    WHERE person IS NOT NULL;
CREATE INDEX deliveries_of_summary ON outbound.deliveries (summary_id)
    WHERE status = 'held' AND summary_id IS NOT NULL;
CREATE INDEX deliveries_fallbacks ON outbound.deliveries (fallback_of)
    WHERE status = 'held' AND fallback_of IS NOT NULL;

-- Notices as people see them in the pages: one for each person and event.
CREATE TABLE outbound.notices (
    id          uuid PRIMARY KEY,
    tenant      text NOT NULL,
    person      text NOT NULL,
    request_id  text NOT NULL,
    why         text NOT NULL,
    priority    text NOT NULL,
    title       text NOT NULL,
    note        text,
    deadline    timestamptz,
    at          timestamptz NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at     timestamptz,
    done_at     timestamptz
);
COMMENT ON COLUMN outbound.notices.done_at IS 'when its request needed nothing more of this person';
CREATE INDEX notices_of_person ON outbound.notices (tenant, person, at DESC, id DESC);
CREATE INDEX notices_unseen ON outbound.notices (tenant, person)
    WHERE seen_at IS NULL AND done_at IS NULL;
CREATE INDEX notices_of_request ON outbound.notices (request_id) WHERE done_at IS NULL;
CREATE INDEX notices_age ON outbound.notices (created_at);
