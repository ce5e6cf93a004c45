/**
 * What the relay needs of the medium that passes messages on: at most once, in the order of sending
 * for one publisher and one name, to subscribers at that moment.
 */
export type RelayTransport = {
  /**
   * @param name full name of the channel to send to
   * @returns how many listeners Redis passed it to. Rejects when that is unknown.
   */
  publish(name: string, message: Buffer): Promise<number>
  /** Listens until closed; resumes on its own after an outage. */
  subscribe(topic: RelayTopic, listener: RelayListener): RelaySubscription
  /** Ends everything; messages on their way may be lost. */
  close(): Promise<void>
}

/** `channelId` only decides which connection is used. */
export type RelayTopic = { readonly channelId: string; readonly name: string }

export type RelayListener = {
  /** @param bytes lent for the call: afterwards the transport writes over them */
  message(bytes: Buffer): void
  /** From now on no message is missed; called again after every outage. */
  subscribed(): void
}

export type RelaySubscription = {
  /**
   * The listener has received nothing where it should have: subscribe again, even if the connection
   * seems fine.
   */
  renew(): void
  close(): Promise<void>
}
