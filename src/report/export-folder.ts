import { lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { InputError } from "../core/errors.ts";

const folderName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,80}$/;

function stat(path: string) {
  return lstatSync(path, { throwIfNoEntry: false });
}

/**
 * Opens a folder for exports below a base folder, made if it is not there. Names that are no plain folder name, and
 * symbolic links in its place, are an InputError: nothing is ever written anywhere else.
 */
export function openExportFolder(base: string, name: string): string {
  if (!folderName.test(name) || name.includes("..")) {
    throw new InputError(
      `Expected a folder name of letters, digits, dots and hyphens, got ${JSON.stringify(name)}: choose a plain name.`,
    );
  }
  return openFolder(join(base, name));
}

/** Opens a folder that the user has named, made if it is not there; a symbolic link in its place is an InputError. */
export function openFolder(folder: string): string {
  try {
    mkdirSync(dirname(folder), { recursive: true });
    if (stat(folder) === undefined) mkdirSync(folder);
  } catch (error) {
    throw new InputError(
      `The export folder ${folder} cannot be made (${codeOf(error)}): choose a folder that can be written to.`,
    );
  }
  if (stat(folder)?.isDirectory() === true) return folder;
  throw new InputError(`The export folder ${folder} is a link or a file: choose another name.`);
}

/**
 * Writes files into a folder, each whole or not at all, and answers their paths. If one of them is there, nothing is
 * written (InputError), unless `overwrite` is asked for; what is no plain file is never overwritten.
 */
export function writeExports(
  folder: string,
  files: readonly { readonly name: string; readonly data: string | Uint8Array }[],
  { overwrite }: { readonly overwrite: boolean },
): readonly string[] {
  const placed = files.map(({ name, data }) => ({ path: join(folder, name), data }));
  for (const { path } of placed) {
    const there = stat(path);
    if (there !== undefined && !there.isFile()) {
      throw new InputError(`${path} is a link or a folder: remove it, or choose another folder.`);
    }
    if (there !== undefined && !overwrite) {
      throw new InputError(`${path} is already there: export with overwrite true, or choose another folder.`);
    }
  }
  return placed.map(({ path, data }) => {
    writeWhole(path, data);
    return path;
  });
}

function writeWhole(path: string, data: string | Uint8Array): void {
  const part = `${path}.part`;
  try {
    rmSync(part, { force: true });
    writeFileSync(part, data, { flag: "wx" });
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw new InputError(
      `${path} cannot be written (${codeOf(error)}): make room or choose another folder, then export again.`,
    );
  }
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? "unknown trouble";
