/** Infers the schema of a topic's values: counts per kind, and the structure of JSON and CSV values. */
import { fieldsAsObject, fieldsOf, readValue, SchemaGuess, type ReadValue } from "../../topics/index.js";

export class TopicSchema {
  private records = 0;
  private readonly kinds = new Map<ReadValue["kind"], number>();
  private readonly json = new SchemaGuess();
  private readonly rows = new SchemaGuess();

  add(value: Uint8Array | null): void {
    const { kind, text, json } = readValue(value);
    this.records += 1;
    this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
    if (kind === "JSON") this.json.add(json);
    if (kind !== "CSV") return;
    for (const fields of fieldsOf(text ?? "")) {
      const row = fieldsAsObject(fields);
      if (row !== null) this.rows.add(row);
    }
  }

  toText(): string {
    const kinds = [...this.kinds].map(([kind, count]) => `${count} ${kind}`).join(", ");
    const lines = [
      `${this.records} record${this.records === 1 ? "" : "s"}${kinds === "" ? "" : `: ${kinds}`}`,
    ];
    if (this.json.seen > 0) lines.push(...this.json.toLines("value"));
    if (this.rows.seen > 0) lines.push(...this.rows.toLines("row"));
    return `${lines.join("\n")}\n`;
  }

  /** JSON Schema of the JSON values; without JSON values, the schema of a CSV row as an object. */
  toJson(): Record<string, unknown> {
    const guess = this.json.seen > 0 ? this.json : this.rows;
    return {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      description: `inferred from ${this.records} records`,
      ...guess.toJsonSchema(),
    };
  }
}
