// The part of yauzl that unpack-zip.ts uses; the package brings no types.

declare module 'yauzl' {
  import type { Readable } from 'node:stream'

  interface Entry {
    readonly fileName: string
    readonly crc32: number
    readonly compressedSize: number
    readonly uncompressedSize: number
    readonly externalFileAttributes: number
    readonly versionMadeBy: number
    isEncrypted(): boolean
  }

  interface ZipFile {
    readonly entryCount: number
    eachEntry(): AsyncIterable<Entry>
    openReadStreamPromise(entry: Entry): Promise<Readable>
    close(): void
  }

  interface Options {
    readonly autoClose?: boolean
    readonly strictFileNames?: boolean
  }

  export function openPromise(path: string, options?: Options): Promise<ZipFile>
  export function fromBufferPromise(buffer: Buffer, options?: Options): Promise<ZipFile>
}
