/** The table of derived quantities in a shift report. */
import {
  quantityNames,
  type Measured,
  type QuantityName,
  type ShiftReport,
  type TimeSpan,
} from "../../../pipeline/model/index.js";
import { fixed, utcMoment } from "../words/format.js";
import { quantityTexts } from "../words/quantities.js";
import { escape, headedTable, inOneLine } from "./html.js";

/** Smaller errors are rounded. */
const maxPlaces = 4;

/** A measured quantity of a chamber, with its time. */
interface Value extends TimeSpan {
  measured: NonNullable<Measured>;
}

/** First, last, lowest and highest value of each quantity: a change that was undone is visible, too. */
export function quantityTable(report: ShiftReport, names: readonly string[] = []): string {
  const { quantities, from_ms } = report;
  const chambers = quantities[0]?.chambers.length ?? 0;
  const cell = (name: QuantityName, { measured, from_ms: start, to_ms: end }: Value): string =>
    `${inOneLine(quantityWords(name, measured))}<br><small>${inOneLine(utcMoment(start, from_ms))} to ${inOneLine(utcMoment(end, start))}</small>`;
  const rows = quantityNames.flatMap((name) =>
    Array.from({ length: chambers }, (_, chamber) => {
      const values = quantities.flatMap(({ from_ms, to_ms, chambers: all }): Value[] => {
        const measured = all[chamber]?.[name] ?? null;
        return measured === null ? [] : [{ from_ms, to_ms, measured }];
      });
      const [first, last] = [values[0], values.at(-1)];
      if (first === undefined || last === undefined) return null;
      const sorted = values.toSorted((a, b) => a.measured[0] - b.measured[0]);
      // A single measurement is not a development.
      const others = values.length === 1 ? [] : [last, sorted[0] as Value, sorted.at(-1) as Value];
      return [
        quantityTexts[name].name,
        escape(names[chamber] ?? String(chamber)),
        ...[first, ...others].map((value) => cell(name, value)),
        ...(others.length > 0 ? [] : ["–", "–", "–"]),
      ];
    }).filter((row) => row !== null),
  );
  if (rows.length === 0) return "<p>Not measured</p>";
  const isSeries = rows.some((row) => row[3] !== "–");
  const head = isSeries
    ? ["Quantity", "Chamber", "First", "Last", "Lowest", "Highest"]
    : ["Quantity", "Chamber", "Value"];
  return headedTable(
    head,
    rows.map((row) => row.slice(0, head.length)),
    "texts",
  );
}

function quantityWords(name: QuantityName, [mean, error]: NonNullable<Measured>): string {
  const { factor, digits, unit } = quantityTexts[name];
  const [value, sigma] = [factor * mean, Math.abs(factor * error)];
  // The first digit of the error is always shown, never "± 0.0".
  const places = sigma > 0 ? Math.min(maxPlaces, Math.max(digits, Math.ceil(-Math.log10(sigma)))) : digits;
  return `${fixed(value, places)} ± ${fixed(sigma, places)} ${unit}`;
}
