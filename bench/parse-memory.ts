/**
 * `node bench/parse-memory.ts <list>` parses it once and prints by how many bytes the memory of the
 * process (RSS) grew at most. It is a separate process, because one that has parsed before already
 * has the memory.
 */
import { parseList } from './parse-list.ts'

const before = process.memoryUsage.rss()
let most = before
parseList(process.argv[2] ?? '', () => {
  most = Math.max(most, process.memoryUsage.rss())
})
console.log(most - before)
