/** Reasons why a file or folder cannot be written, in plain words. */

const reasons: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EDQUOT: "disk quota exceeded",
  EISDIR: "it is a folder",
  ENAMETOOLONG: "name too long",
  ENOENT: "the folder does not exist",
  ENOSPC: "no space left on the disk",
  ENOTDIR: "part of the path is a file, not a folder",
  EPERM: "operation not permitted",
  EROFS: "the file system is read-only",
};

/** The reason in an error of Node's file functions; its message when the code is unknown. */
export function fileErrorReason(error: unknown): string {
  const { code = "", message } = error as { code?: string; message: string };
  return reasons[code] ?? message;
}
