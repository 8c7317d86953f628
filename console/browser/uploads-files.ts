/** A file with its path from what was dropped or chosen. */
export interface PathFile {
  path: string;
  file: File;
}

const fileOf = (entry: FileSystemFileEntry) =>
  new Promise<File>((resolve, reject) => {
    entry.file(resolve, reject);
  });

const someOf = (reader: FileSystemDirectoryReader) =>
  new Promise<FileSystemEntry[]>((resolve, reject) => {
    reader.readEntries(resolve, reject);
  });

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isDirectory = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

async function* filesIn(entry: FileSystemEntry): AsyncGenerator<PathFile> {
  if (isFile(entry)) yield { path: entry.fullPath.replace(/^\//, ''), file: await fileOf(entry) };
  if (!isDirectory(entry)) return;
  const reader = entry.createReader();
  // A reader gives a hundred at a time.
  for (let some = await someOf(reader); some.length > 0; some = await someOf(reader)) {
    for (const each of some) yield* filesIn(each);
  }
}

/** All files of what was dropped, those in folders too. To be called while the drop is handled: it is empty afterwards. */
export function filesOfDrop(data: DataTransfer): Promise<PathFile[]> {
  const entries = [...data.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  return (async () => {
    const files: PathFile[] = [];
    for (const entry of entries) for await (const each of filesIn(entry)) files.push(each);
    return files;
  })();
}

/** The files of a dialog; of a folder's with their paths from its name on. */
export function filesOfInput({ files }: HTMLInputElement): PathFile[] {
  return [...(files ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}
