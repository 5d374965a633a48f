/** The table of derived quantities in a shift report. */
import {
  quantityNames,
  type QuantityExtremes,
  type QuantityName,
  type ShiftReport,
} from "../../../pipeline/model/index.js";
import { fixed, utcMoment } from "../words/format.js";
import { quantityTexts } from "../words/quantities.js";
import { escape, headedTable, inOneLine } from "./html.js";

/** Smaller errors are rounded. */
const maxPlaces = 4;

type Value = QuantityExtremes["lowest"];

/** First, last, lowest and highest value of each quantity: a change that was undone is visible, too. */
export function quantityTable(report: ShiftReport, names: readonly string[] = []): string {
  const { quantities, quantity_extremes: extremes, from_ms } = report;
  const chambers = quantities[0]?.chambers.length ?? 0;
  const cell = (name: QuantityName, value: Value): string =>
    `${inOneLine(quantityWords(name, value))}<br><small>${inOneLine(utcMoment(value.from_ms, from_ms))} to ${inOneLine(utcMoment(value.to_ms, value.from_ms))}</small>`;
  const rows = quantityNames.flatMap((name) =>
    Array.from({ length: chambers }, (_, chamber) => {
      const values = quantities.flatMap(({ from_ms, to_ms, chambers: all }): Value[] => {
        const measured = all[chamber]?.[name] ?? null;
        return measured === null ? [] : [{ from_ms, to_ms, value: measured[0], sigma: measured[1] }];
      });
      const [first, last] = [values[0], values.at(-1)];
      const range = extremes.find((one) => one.quantity === name && one.chamber === chamber);
      if (first === undefined || last === undefined || range === undefined) return null;
      const { lowest, highest } = range;
      // A single measurement is not a development.
      const isSingle = first === last && lowest.from_ms === highest.from_ms;
      const others = isSingle ? [] : [last, lowest, highest];
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

function quantityWords(name: QuantityName, { value: mean, sigma: error }: Value): string {
  const { factor, digits, unit } = quantityTexts[name];
  const [value, sigma] = [factor * mean, Math.abs(factor * error)];
  // The first digit of the error is always shown, never "± 0.0".
  const places = sigma > 0 ? Math.min(maxPlaces, Math.max(digits, Math.ceil(-Math.log10(sigma)))) : digits;
  return `${fixed(value, places)} ± ${fixed(sigma, places)} ${unit}`;
}
