/** Processes that share a machine: liveness, locks, notes, waiting and retries. Imports only the model. */
export { atExit } from "./at-exit.js";
export { makePrivateFolder, mayAccess } from "./folder.js";
export { cannotWrite, wrapFsError } from "./fs-error.js";
export { identityOf, isAlive, isIdentity, ownIdentity, signalProcess, type Identity } from "./identity.js";
export { lockOrRefuse, lockOwner, tryLock, withLock, type Release } from "./lock.js";
export { readNote, removeNote, writeNote, writeOwnNote } from "./note.js";
export { BackOff, retry } from "./retry.js";
export { endsWithin, watchStopSignals } from "./shutdown.js";
export { Silence } from "./silence.js";
export { startThread } from "./thread.js";
export {
  pause,
  together,
  untilAborted,
  waitFor,
  withDeadline,
  type NotYet,
  type WaitOptions,
} from "./wait.js";
