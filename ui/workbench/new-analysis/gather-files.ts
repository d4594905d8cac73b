// Collects the files of a drop or of a file chooser with the folders they lie in. A folder that is dropped
// is walked; browsers give its entries in portions of a hundred.

export interface LocalFile {
  readonly name: string
  readonly bytes: number
  readonly file: File
}

const local = (name: string, file: File): LocalFile => ({ name, bytes: file.size, file })

const inOrder = (files: readonly LocalFile[]): LocalFile[] => {
  const words = new Intl.Collator('en', { numeric: true })
  return files.toSorted((a, b) => words.compare(a.name, b.name))
}

/** Files of an input, with the path that a folder's chooser gives, in the order of their names. */
export const filesOfInput = (list: FileList | null): LocalFile[] =>
  inOrder([...(list ?? [])].map((file) => local(file.webkitRelativePath || file.name, file)))

const readPortion = (reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> =>
  new Promise((resolve, reject) => reader.readEntries(resolve, reject))

const fileOf = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((resolve, reject) => entry.file(resolve, reject))

async function walk(entry: FileSystemEntry, found: LocalFile[]): Promise<void> {
  if (entry.isFile) {
    const file = await fileOf(entry as FileSystemFileEntry)
    found.push(local(entry.fullPath.replace(/^\//, ''), file))
    return
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  for (let part = await readPortion(reader); part.length > 0; part = await readPortion(reader)) {
    for (const child of part) await walk(child, found)
  }
}

/** Files and whole folders of a drop, in the order of their names. */
export async function filesOfDrop(transfer: DataTransfer): Promise<LocalFile[]> {
  // Entries are gone after the first pause, so they are all taken before it.
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? [])
  const found: LocalFile[] = []
  for (const entry of entries) await walk(entry, found)
  return inOrder(found)
}
