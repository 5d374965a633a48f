/** Options of `vi.waitFor` for conditions that are met soon, generous because a loaded machine is several times slower. */
export const polling = { timeout: 60_000, interval: 10 };
