/** Draws a detector as SVG. Cells are to scale horizontally and stretched vertically. */
import {
  cellHeightMm,
  cellsPerChamber,
  cellWidthMm,
  chamberName,
  channelOfCell,
  fpgasOf,
  layersPerChamber,
  leftWallMm,
  maskedCells,
  wirePositionMm,
  type DetectorConfig,
} from "../../../pipeline/model/index.js";

const stretch = 2.5;
const rowHeight = cellHeightMm * stretch;
const chamberHeight = layersPerChamber * rowHeight;
const headHeight = 46;
const labelWidth = 46;
const chamberWidth = 16.5 * cellWidthMm;
const gap = 40;
const fills = ["#DCEBF7", "#FBE7CC", "#D5EFE4", "#F4DDE9", "#F5F0C4", "#E3DEF6", "#F7D9D2", "#E2E6EA"];

/** @param title title of the picture */
export function drawingOf(detector: DetectorConfig, title: string): string {
  const views = [false, true].map((rotated) =>
    detector.chambers
      .map((chamber, number) => ({ ...chamber, number }))
      .filter((chamber) => chamber.rotated === rotated)
      .sort((a, b) => b.heightMm - a.heightMm),
  );
  const columns = views.filter((chambers) => chambers.length > 0);
  const most = Math.max(...columns.map(({ length }) => length));
  const width = gap + columns.length * (labelWidth + chamberWidth + gap);
  const height = 70 + most * (headHeight + chamberHeight + 24) + 24 * (detector.timing.length + 1);
  const chambers = columns.flatMap((column, i) =>
    column.map(({ number }, row) => {
      const x = gap + i * (labelWidth + chamberWidth + gap);
      return drawChamber(detector, number, x, 60 + row * (headHeight + chamberHeight + 24));
    }),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif">
<rect width="${width}" height="${height}" fill="#fff"/>
${text(gap, 34, `${title}: ${detector.chambers.length} chambers, FPGA ${fpgasOf(detector).join(", ")}`, 22)}
${chambers.join("\n")}
${timingLines(detector, height).join("\n")}
</svg>
`;
}

function drawChamber(detector: DetectorConfig, number: number, x: number, y: number): string {
  const chamber = detector.chambers[number];
  if (chamber === undefined) return "";
  const view = chamber.rotated ? "theta" : "phi";
  const head = `chamber ${chamberName(detector, number)}: ${view}, height ${chamber.heightMm} mm, offset ${chamber.driftOffsetNs} ns`;
  const masked = new Set(maskedCells(chamber));
  const top = y + headHeight;
  const layers = Array.from({ length: layersPerChamber }, (_, i) =>
    text(x, top + chamberHeight - (i + 0.35) * rowHeight, `L${i + 1}`, 15),
  );
  const cells = Array.from({ length: cellsPerChamber }, (_, cell) => {
    const { x: wire, z } = wirePositionMm(cell);
    const left = x + labelWidth + wire - cellWidthMm / 2 - leftWallMm;
    const up = top + chamberHeight - (z / cellHeightMm + (layersPerChamber + 1) / 2) * rowHeight;
    const place = channelOfCell(chamber, cell);
    const isOther = place !== null && place.fpga !== chamber.fpga;
    const fill = place === null ? "#fff" : fills[place.fpga % fills.length];
    const cross = masked.has(cell)
      ? `<path d="M${left} ${up}l${cellWidthMm} ${rowHeight}m0 ${-rowHeight}l${-cellWidthMm} ${rowHeight}" stroke="#B02A1E"/>`
      : "";
    const label = place === null ? "-" : isOther ? `${place.fpga}:${place.channel}` : String(place.channel);
    return `<rect x="${left}" y="${up}" width="${cellWidthMm}" height="${rowHeight}" fill="${fill}" stroke="#556"/>${text(left + 4, up + 0.65 * rowHeight, label, 14)}${cross}`;
  });
  return `<g>${text(x, y + 24, head, 17)}${text(x, y + 41, `FPGA ${chamber.fpga}; channels in the cells, wires 0 to 15 from the left`, 13)}
${layers.join("")}${cells.join("\n")}</g>`;
}

function timingLines({ timing }: DetectorConfig, height: number): string[] {
  if (timing.length === 0) return [text(gap, height - 24, "no timing input: segments give t0", 15)];
  return timing.map(({ name, fpga, channel, givesT0 }, i) =>
    text(
      gap,
      height - 24 * (timing.length - i),
      `timing ${name}: FPGA ${fpga}, channel ${channel}${givesT0 ? ", gives t0" : ""}`,
      15,
    ),
  );
}

function text(x: number, y: number, content: string, size: number): string {
  const safe = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x}" y="${y}" font-size="${size}" fill="#223">${safe}</text>`;
}
