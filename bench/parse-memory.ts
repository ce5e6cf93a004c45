/**
 * `node bench/parse-memory.ts <list>` parses it once and prints by how many bytes the memory of the
 * process (RSS) grew at most. A process of its own, because one that has parsed before has the
 * memory already.
 */
import { parseList } from './parse-list.ts'

const before = process.memoryUsage.rss()
let most = before
parseList(process.argv[2] ?? '', () => {
  most = Math.max(most, process.memoryUsage.rss())
})
console.log(most - before)
