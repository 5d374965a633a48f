/** For what comes soon: a loaded machine is several times slower. Options of `vi.waitFor`. */
export const patience = { timeout: 20_000, interval: 10 };
