/** Options and arguments of a verb as data. The types of their values are derived from these data. */

/** Option values from the command line, the environment, the configuration file or the defaults. */
export type OptionValues = Record<string, unknown>;

/** Checks and converts the user's text; throws a plain Error that lists the allowed values. */
export interface ValueParser<Value = unknown> {
  (text: string): Value;
  /** JSON Schema of the value in a configuration file; default: a string. */
  schema?: object;
}

export interface OptionSpec {
  /** In commander's notation: `--rate <rows/s>`; a switch takes no value, `--no-source` negates `--source`. */
  flags: string;
  description: string;
  parse?: ValueParser;
  choices?: readonly string[];
  /** Plausible but unsupported values, each with the reason and an alternative. */
  refused?: Readonly<Record<string, string>>;
  default?: unknown;
  /** Text for the default if its value does not explain it. */
  defaultText?: string;
  required?: boolean;
  /** The option can be given more than once. */
  repeatable?: boolean;
  /** An old name that still works and that help and completion omit. */
  hidden?: boolean;
}

/** A positional word after the verb; its value is stored with the options under this name. */
export interface ArgumentSpec {
  /** In commander's notation: `<topic>`, or `[preset]` for an optional argument. */
  name: string;
  description: string;
  /** Values that shell completion offers; other values may be valid too. */
  offers?: readonly string[];
}

/** Declares an option and keeps its literal types, from which {@link ValuesOf} is derived. */
export function defineOption<const Spec extends OptionSpec>(spec: Spec): Spec {
  return spec;
}

/** Declares several options at once; see {@link defineOption}. */
export function defineOptions<const Specs extends readonly OptionSpec[]>(specs: Specs): Specs {
  return specs;
}

/** The parsed flags of an option. */
interface Flag {
  /** Name without dashes: `no-source`. */
  name: string;
  /** Key of its value: `source`. */
  key: string;
  takesValue: boolean;
}

/** @param flags as in {@link OptionSpec} */
export function flagOf({ flags }: OptionSpec): Flag {
  const [word = "", value] = flags.split(" ");
  const name = word.replace(/^--/, "");
  const key = name.replace(/^no-/, "").replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  return { name, key, takesValue: value !== undefined };
}

type Words<Flags> = Flags extends `--${infer Name} ${string}`
  ? Name
  : Flags extends `--${infer Name}`
    ? Name
    : never;

type CamelCase<Text> = Text extends `${infer First}-${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Text;

/** Key of a flag's value: `rowsPerMessage` for `--rows-per-message <rows>`, `source` for `--no-source`. */
type KeyOf<Spec> = Spec extends { flags: infer Flags }
  ? CamelCase<Words<Flags> extends `no-${infer Name}` ? Name : Words<Flags>>
  : never;

type Negating<Spec> = Extract<Spec, { flags: `--no-${string}` }>;
type Positive<Spec> = Exclude<Spec, Negating<Spec>>;

/** An option that always has a value, because it has a default, is required, or is a negated switch. */
type CertainKey<Spec> =
  | (Spec extends { required: true } ? KeyOf<Spec> : never)
  | (Spec extends { default: infer Default } ? (Default extends undefined ? never : KeyOf<Spec>) : never)
  | Exclude<KeyOf<Negating<Spec>>, KeyOf<Positive<Spec>>>;

type OneValue<Spec> = Spec extends { parse: (text: string) => infer Value }
  ? Value
  : Spec extends { choices: readonly (infer Choice)[] }
    ? Choice
    : string;

type ValueOf<Spec> = Spec extends { flags: `${string} ${string}` }
  ? Spec extends { repeatable: true }
    ? OneValue<Spec>[]
    : OneValue<Spec>
  : boolean;

type ValueAt<Spec, Key> =
  | (Positive<Spec> extends infer One
      ? One extends unknown
        ? KeyOf<One> extends Key
          ? ValueOf<One>
          : never
        : never
      : never)
  | (Key extends KeyOf<Negating<Spec>> ? (Key extends KeyOf<Positive<Spec>> ? false : boolean) : never);

type Flat<Type> = { [Key in keyof Type]: Type[Key] };

/** The values of options by flag name; `undefined` is possible unless an option has a default or is required. */
export type ValuesOf<Specs extends readonly OptionSpec[]> = Flat<
  { [Key in CertainKey<Specs[number]>]: ValueAt<Specs[number], Key> } & {
    [Key in Exclude<KeyOf<Specs[number]>, CertainKey<Specs[number]>>]?: ValueAt<Specs[number], Key>;
  }
>;

type ArgumentKey<Spec> = Spec extends { name: `<${infer Name}>` } ? Name : never;

type OptionalArgumentKey<Spec> = Spec extends { name: `[${infer Name}]` } ? Name : never;

/** The values of arguments by name: `topic` for `<topic>`; `[preset]` is optional. */
export type ArgumentValuesOf<Specs extends readonly ArgumentSpec[]> = Record<
  ArgumentKey<Specs[number]>,
  string
> &
  Partial<Record<OptionalArgumentKey<Specs[number]>, string>>;

/** A whole number in [min, max]. */
export function wholeNumber(min: number, max: number): ValueParser<number> {
  const parse = (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text.trim()) || value < min || value > max) {
      throw new Error(`must be a whole number from ${min} to ${max}, not "${text}"`);
    }
    return value;
  };
  return Object.assign(parse, { schema: { type: "integer", minimum: min, maximum: max } });
}

/** A number in [min, max]. */
export function realNumber(min: number, max: number): ValueParser<number> {
  const parse = (text: string): number => {
    const value = Number(text);
    if (text.trim() === "" || !(value >= min && value <= max)) {
      throw new Error(`must be a number from ${min} to ${max}, not "${text}"`);
    }
    return value;
  };
  return Object.assign(parse, { schema: { type: "number", minimum: min, maximum: max } });
}
