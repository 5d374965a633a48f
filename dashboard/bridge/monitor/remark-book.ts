/** Remarks of shifters. A remark that cannot be stored is refused, so its author knows. */
import { randomUUID } from "node:crypto";
import type { Remark } from "../../../pipeline/model/index.js";
import type { RemarkRequest, WithdrawRemarkRequest } from "../../../pipeline/model/schema/requests.js";
import { refuse } from "../requests.js";
import type { ShiftRecords } from "../store/shift-records.js";

/** Number of the newest remarks kept in memory for viewers. */
const held = 200;
const notKept = "cannot save the remark: the history cannot be written";

export class RemarkBook {
  /** Newest first, by the time to which they refer. */
  newest: Remark[];

  constructor(private readonly records: ShiftRecords) {
    this.newest = records.remarks(0, Number.MAX_SAFE_INTEGER, held).reverse();
  }

  /** @throws Refused */
  write({ from_ms, to_ms, by, text }: RemarkRequest, nowMs: number, demo: boolean): Remark {
    if (to_ms !== undefined && to_ms <= from_ms) refuse("to_ms must be after from_ms");
    const when = { from_ms, to_ms: to_ms ?? null, written_ms: nowMs };
    return this.keep({ id: randomUUID(), ...when, by, text, demo });
  }

  /** @throws Refused */
  withdraw({ remark: id, by }: WithdrawRemarkRequest, nowMs: number): Remark {
    const remark = this.records.remark(id) ?? refuse("no such remark");
    return this.keep({ ...remark, withdrawn: { by, at_ms: nowMs } });
  }

  private keep(remark: Remark): Remark {
    if (!this.records.putRemark(remark)) refuse(notKept);
    const others = this.newest.filter(({ id }) => id !== remark.id);
    this.newest = [...others, remark].sort((a, b) => b.from_ms - a.from_ms).slice(0, held);
    return remark;
  }
}
