/** Cuts the text of one JSON array into the texts of its elements, without a parser for the elements. */

interface ArrayScan {
  /** The texts between the commas of the outer array, complete ones only. */
  elements: string[];
  /** Text after the closing bracket or, without one, from the position where the scan stopped. */
  rest: string;
  closed: boolean;
}

/** @param text spaces, then `[` */
export function scanArray(text: string): ArrayScan {
  const elements: string[] = [];
  const open: string[] = [];
  let start = text.indexOf("[") + 1;
  for (let at = start; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '"') {
      at = endOfString(text, at);
    } else if (character === "[" || character === "{") {
      open.push(character);
    } else if (open.length === 0 && (character === "," || character === "]")) {
      elements.push(text.slice(start, at));
      start = at + 1;
      if (character === "]") return closedScan(elements, text.slice(start));
    } else if (character === "]" || character === "}") {
      if (open.pop() !== (character === "]" ? "[" : "{")) break;
    }
  }
  return { elements, rest: text.slice(start), closed: false };
}

function closedScan(elements: string[], rest: string): ArrayScan {
  const isEmpty = elements.length === 1 && isSpace(elements[0] ?? "");
  return { elements: isEmpty ? [] : elements, rest, closed: true };
}

/** White space of JSON, which has fewer characters than that of JavaScript. */
export function isSpace(text: string): boolean {
  return /^[ \t\r\n]*$/.test(text);
}

/** Position of the quote that closes the string opened at `from`, or the end of the text. */
function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text.charAt(at) !== '"') at += text.charAt(at) === "\\" ? 2 : 1;
  return at;
}
