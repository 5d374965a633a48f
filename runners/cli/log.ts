/** Log of a command on standard error: plain lines, or JSON Lines for programs. */
import type { Writable } from "node:stream";
import { clearLine } from "./running-line.js";
import type { OptionSpec } from "./option.js";

const logLevels = ["error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof logLevels)[number];
const logFormats = ["text", "json"] as const;
export type LogFormat = (typeof logFormats)[number];

export const logOptions: readonly OptionSpec[] = [
  {
    flags: "--log-level <level>",
    description: "minimum level to log to standard error",
    choices: logLevels,
    default: "info",
  },
  {
    flags: "--log-format <format>",
    description: "plain lines, or JSON Lines with time, level and message",
    choices: logFormats,
    default: "text",
  },
];

export class Log {
  private level: LogLevel = "info";
  private format: LogFormat = "text";

  /** Clears a running line of the terminal first. */
  private readonly clear: string;

  constructor(private readonly stream: Writable & { isTTY?: boolean }) {
    this.clear = stream.isTTY === true ? clearLine : "";
  }

  configure(level: LogLevel, format: LogFormat): void {
    this.level = level;
    this.format = format;
  }

  readonly error = (line: string): void => this.write("error", line);
  readonly warn = (line: string): void => this.write("warn", line);
  readonly info = (line: string): void => this.write("info", line);
  readonly debug = (line: string): void => this.write("debug", line);
  /** The result line of a successful command, without the prefix. */
  readonly print = (line: string): void => this.write("info", line, "");

  /** Whether lines of this level are written. */
  shows(level: LogLevel): boolean {
    return logLevels.indexOf(level) <= logLevels.indexOf(this.level);
  }

  private write(level: LogLevel, message: string, before = "muonitor: "): void {
    if (!this.shows(level)) return;
    if (this.format === "text") this.stream.write(`${this.clear}${before}${message}\n`);
    else this.stream.write(`${JSON.stringify({ time: new Date().toISOString(), level, message })}\n`);
  }
}
