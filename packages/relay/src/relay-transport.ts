/**
 * What the relay needs of whatever passes messages on: at most once, in the order of sending for
 * one publisher and one name, to those who listen at that moment.
 */
export type RelayTransport = {
  /**
   * @param name full name of the channel to send to
   * @returns how many listeners Redis passed it to. Rejects when that is not known.
   */
  publish(name: string, message: Buffer): Promise<number>
  /** Listens until closed; after an outage again without being told. */
  subscribe(topic: RelayTopic, listener: RelayListener): RelaySubscription
  /** Ends all; what is on its way may be lost. */
  close(): Promise<void>
}

/** `channelId` only decides which connection is used. */
export type RelayTopic = { readonly channelId: string; readonly name: string }

export type RelayListener = {
  message(bytes: Buffer): void
  /** From now on nothing is missed; called again after every outage. */
  subscribed(): void
}

export type RelaySubscription = {
  /**
   * The listener has heard nothing where it should: subscribe again, whatever the connection
   * believes.
   */
  renew(): void
  close(): Promise<void>
}
