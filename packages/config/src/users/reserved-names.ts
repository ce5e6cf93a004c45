/**
 * First parts of paths that belong to outputs. Older Xtream apps send
 * `/<user>/<password>/<number>`, so no user may have such a name.
 */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  ...['link', 'stream', 'hls', 'logo', 'guide', 'archive', 'hdhr', 'auto', 'device', 'lineup', 'api', 'assets'],
  ...['live', 'movie', 'series', 'timeshift', 'streaming', 'vod', 'radio', 'events', 'watch', 'admin', 'page'],
])
