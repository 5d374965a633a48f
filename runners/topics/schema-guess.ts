/** Schema of a topic's values, inferred from the values read, as a tree or as JSON Schema. */

type Kind = "null" | "boolean" | "integer" | "number" | "string" | "object" | "array";

/** Maximum number of keys of an object. Larger objects probably use keys as data: the rest is omitted, with a notice. */
const maxFields = 500;

export class SchemaGuess {
  /** Number of values. */
  seen = 0;
  private readonly kinds = new Map<Kind, number>();
  private lowest = Infinity;
  private highest = -Infinity;
  private readonly fields = new Map<string, SchemaGuess>();
  private hasMoreFields = false;
  private items: SchemaGuess | null = null;

  /** Adds a parsed JSON value. */
  add(value: unknown): void {
    this.seen += 1;
    const kind = kindOf(value);
    this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
    if (typeof value === "number") {
      this.lowest = Math.min(this.lowest, value);
      this.highest = Math.max(this.highest, value);
    } else if (Array.isArray(value)) {
      this.items ??= new SchemaGuess();
      for (const item of value) this.items.add(item);
    } else if (kind === "object") this.addFields(value as object);
  }

  private addFields(value: object): void {
    for (const [name, field] of Object.entries(value)) {
      let guess = this.fields.get(name);
      if (guess === undefined) {
        if (this.fields.size >= maxFields) {
          this.hasMoreFields = true;
          continue;
        }
        this.fields.set(name, (guess = new SchemaGuess()));
      }
      guess.add(field);
    }
  }

  /** Kinds found; integers together with other numbers are numbers. */
  private get types(): Kind[] {
    const all = [...this.kinds.keys()].sort();
    return all.includes("number") ? all.filter((kind) => kind !== "integer") : all;
  }

  private get objects(): number {
    return this.kinds.get("object") ?? 0;
  }

  /** As JSON Schema, draft 2020-12. */
  toJsonSchema(): Record<string, unknown> {
    const { types, fields, items } = this;
    const required = [...fields].filter(([, { seen }]) => seen === this.objects).map(([name]) => name);
    return {
      ...(types.length === 0 ? {} : { type: types.length === 1 ? types[0] : types }),
      ...(this.lowest <= this.highest ? { minimum: this.lowest, maximum: this.highest } : {}),
      ...(fields.size === 0
        ? {}
        : {
            properties: Object.fromEntries([...fields].map(([name, field]) => [name, field.toJsonSchema()])),
          }),
      ...(required.length === 0 ? {} : { required }),
      ...(items === null || items.seen === 0 ? {} : { items: items.toJsonSchema() }),
    };
  }

  /** As lines of a tree below a name. */
  toLines(name: string): string[] {
    const children = [...this.fields].flatMap(([key, field]) => {
      const absent = this.objects - field.seen;
      const note = absent > 0 ? `, in ${field.seen} of ${this.objects}` : "";
      return field.toLines(key).map((line, i) => (i === 0 ? line + note : line));
    });
    if (this.hasMoreFields) children.push(`… more than ${maxFields} names`);
    const items = this.items === null ? [] : this.items.toLines("each");
    const range = this.lowest > this.highest ? "" : ` ${rangeText(this.lowest, this.highest)}`;
    const head = `${name}: ${this.types.join(" or ") || "nothing"}${range}`;
    return [head, ...[...children, ...items].map((line) => `  ${line}`)];
  }
}

function rangeText(lowest: number, highest: number): string {
  return lowest === highest ? `${lowest}` : `${lowest} to ${highest}`;
}

function kindOf(value: unknown): Kind {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value as "boolean" | "string" | "object";
}
