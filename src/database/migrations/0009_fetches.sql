-- How many fetches of a registry have begun to write to a collection: the ledger of the last one knows
-- what they wrote. Several registries fill one collection, and none changes the documents of another.
CREATE TABLE pyfa_fetches (
    -- As in `pyfa_leases`.
    name {key} NOT NULL,
    registry {key} NOT NULL,
    fetches BIGINT NOT NULL,
    PRIMARY KEY (name, registry)
);
-- The last fetch of all may have been of either.
INSERT INTO pyfa_fetches (name, registry, fetches) SELECT name, 'pypi', fetches FROM pyfa_leases;
INSERT INTO pyfa_fetches (name, registry, fetches) SELECT name, 'npm', fetches FROM pyfa_leases;
ALTER TABLE pyfa_leases DROP COLUMN fetches;
