/** Reports why sends fail, once instead of at every retry. */

/** Called with a reason when sends begin to fail and when it changes; null when they are accepted again. */
export type ReportTrouble = (reason: string | null) => void;

export class Trouble {
  private reason: string | null = null;

  constructor(private readonly report: ReportTrouble) {}

  failed(error: unknown): void {
    this.set(reasonOf(error));
  }

  passed(): void {
    this.set(null);
  }

  private set(reason: string | null): void {
    if (reason === this.reason) return;
    this.reason = reason;
    this.report(reason);
  }
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The reported text. */
export function troubleText(reason: string | null): string {
  return reason === null ? "records are accepted again" : `${reason}; trying again`;
}
