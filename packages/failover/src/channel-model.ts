import type { Ledger } from './ledger.ts'
import type { Attempt, Candidate, EndReason, Failure, Skip } from './model.ts'

/**
 * The life of a session, from its first viewer to its end. Exactly one state at a time; only `next`
 * changes it.
 *
 * A session of a cluster leads its channel or follows the node that does; one that is not shared
 * just plays.
 *
 * - `electing`: claims the leadership, with evidence if the former leader fell silent. →
 *   `reserving` (elected) · `following` (another node leads) · `ended` (every node has tried, and
 *   none could)
 * - `following`: media comes by relay. → `electing` (the leader is silent or stepped down) ·
 *   `preparing` · `ended`
 * - `preparing`: follows on, and the leader wants to leave: a spare slot is taken, a connection
 *   made, and when the output can go on with it, the leadership claimed. → `playing` ·
 *   `withdrawing` · `following`
 * - `withdrawing`: follows on, and closes a connection that was only prepared. → `following` ·
 *   `electing` · `ended`
 *
 * While leading:
 * - `reserving`: a stream is chosen; a slot of its account is requested. Nothing is sent to the
 *   provider. → `opening` (slot granted) · `reserving` of another stream (full, blocked) ·
 *   `waiting` · `resting` · `ended`
 * - `opening`: the slot is held; the connection is being made, until healthy media has arrived. →
 *   `playing` · `closing` (failed)
 * - `playing`: media flows. → `offering` · `closing` (failed, abandoned, stopped, leadership lost)
 * - `offering`: as playing, while another node prepares to take over. → `closing` (it has, or will
 *   not) · `playing` (no node can)
 * - `closing`: the connection is being closed. The slot is given back only after the socket's end,
 *   so nothing else is begun before. → `reserving` · `waiting` · `resting` · `electing` · `ended`
 * - `waiting`: no viewer has had media yet, and only a slot is missing: one may come free at any
 *   moment. → `reserving` (it may have) · `ended` (a viewer waits only so long)
 * - `resting`: every stream was tried in this round; the next round waits for its time, or a slot
 *   comes free before. → `reserving` · `ended`
 *
 * - `consulting`: this node has no stream left to try, and finds out whether other nodes with
 *   viewers may still try theirs. → `following` (they may: it steps down) · `resting` or `ended`
 *   (no other node can)
 *
 * - `ended`: final. A new viewer needs a new session.
 */
export type ChannelState =
  | Candidacy
  | {
      readonly phase: 'reserving' | 'opening' | 'playing' | 'offering'
      readonly attempt: Attempt
      readonly ledger: Ledger
    }
  | Preparing
  | Withdrawing
  | { readonly phase: 'closing'; readonly attempt: Attempt; readonly ledger: Ledger; readonly after: AfterClose }
  | { readonly phase: 'waiting' | 'resting' | 'consulting'; readonly ledger: Ledger }
  | { readonly phase: 'ended'; readonly end: EndReason }

/** Neither leads nor prepares to. */
export type Candidacy = {
  readonly phase: 'electing' | 'following'
  readonly ledger: Ledger
  readonly verdict?: Verdict
}

/** Why the last leader gave up; forgotten once another one plays. */
export type Verdict = {
  readonly end: EndReason
  /**
   * That leader was this node, and its ledger remains valid: it continues with it if no other node
   * takes over.
   */
  readonly isOwn: boolean
}

/** The next step once the connection is closed and its slot given back. */
export type AfterClose =
  | { readonly go: 'on' }
  | { readonly go: 'elect' }
  | { readonly go: 'end'; readonly end: EndReason }

/** An event about another attempt than the present one is ignored. */
export type ChannelEvent =
  | { readonly type: 'elected' }
  | { readonly type: 'led-by-another' }
  /**
   * No node can be elected now: Redis is away, or it is too early to know (`cold`); or this node
   * and all others with viewers have tried every stream they can reach (`spent`). `hasViewers`:
   * viewers of this node have had media.
   */
  | {
      readonly type: 'not-elected'
      readonly because: 'unavailable' | 'cold' | 'spent'
      readonly hasViewers?: boolean
    }
  /** The answer to `consult`: other nodes with viewers have not tried yet. */
  | { readonly type: 'others-may-try' }
  | { readonly type: 'nobody-else' }
  /** Redis is away: nobody knows, and no other node could be elected. */
  | { readonly type: 'others-unknown' }
  /** The relay has been silent for long enough for the leader to be gone. */
  | { readonly type: 'leader-silent' }
  /**
   * The leader's last words. A private reason (`idle`, `stopped`) says nothing about the streams.
   */
  | { readonly type: 'leader-ended'; readonly end: EndReason }
  /** This node is no longer the leader, or must not be. */
  | { readonly type: 'leadership-lost' }
  /** This node drains, or a person orders it: another node should lead. */
  | { readonly type: 'hand-over' }
  /** A person orders another stream. */
  | { readonly type: 'stream-unwanted' }
  /** No node can take over while this one still plays. */
  | { readonly type: 'offer-failed' }
  /** The named successor declines: it drains too. */
  | { readonly type: 'offer-declined' }
  /** No other node could lead: all followers drain too. */
  | { readonly type: 'no-successor' }
  /** The leader wants this node to take over; includes the stream that it plays, if known. */
  | { readonly type: 'invited'; readonly streamId: string | undefined }
  /** The output can continue with the prepared connection. */
  | { readonly type: 'ready'; readonly attempt: number }
  /** The preparation took too long; the leader no longer waits. */
  | { readonly type: 'invitation-over' }
  | { readonly type: 'slot-granted'; readonly attempt: number }
  | { readonly type: 'slot-refused'; readonly attempt: number; readonly because: Skip }
  | { readonly type: 'media-healthy'; readonly attempt: number }
  /**
   * The stream has played for `stableMs`: only now its earlier failures are forgiven on all nodes.
   */
  | { readonly type: 'proved'; readonly attempt: number }
  | { readonly type: 'failed'; readonly attempt: number; readonly failure: Failure; readonly playedMs: number }
  /** A session of higher priority has taken the slot of this attempt. */
  | { readonly type: 'outranked'; readonly attempt: number }
  | { readonly type: 'closed'; readonly attempt: number }
  | { readonly type: 'rested' }
  /** It is this session's turn to request a slot again. */
  | { readonly type: 'slot-free' }
  /** No viewer is waiting for a slot any longer. */
  | { readonly type: 'waited-enough' }
  /** Another generation of the catalogue: the streams that the channel has from now on. */
  | { readonly type: 'candidates-changed'; readonly candidates: readonly Candidate[] }
  /**
   * No viewer anywhere for INACTIVE_TIMEOUT, or a viewer of another channel needs the lingering
   * slot.
   */
  | { readonly type: 'abandoned' }
  | { readonly type: 'stopped' }

/** For the shell to carry out. */
export type ChannelAction =
  /**
   * Claim the leadership. Answer: `elected`, `led-by-another` or `not-elected`. `again`: after a
   * short pause.
   */
  | { readonly do: 'elect'; readonly again: boolean }
  /** Take the channel from the relay, unless that is done already. */
  | { readonly do: 'follow' }
  | { readonly do: 'unfollow' }
  /** From now on the output goes to all nodes. */
  | { readonly do: 'lead' }
  /**
   * Have other nodes with viewers tried their streams? Answer: `others-may-try` or `nobody-else`.
   */
  | { readonly do: 'consult' }
  /**
   * Give the leadership up. Followers hear the reason, if any; those that have not tried yet stand
   * for election.
   */
  | { readonly do: 'step-down'; readonly end?: EndReason }
  /**
   * Ask for a slot of the stream's account, unless the stream is blocked; `spare`: only if one is
   * free, for a connection beside that of the leader. Answer: `slot-granted` or `slot-refused`.
   */
  | { readonly do: 'reserve'; readonly attempt: Attempt; readonly spare?: true }
  /** Connect. Answer: `media-healthy` or `failed`. */
  | { readonly do: 'open'; readonly attempt: Attempt }
  /**
   * Connect, and keep the media, while the relay still feeds the output. Answer: `ready` or
   * `failed`.
   */
  | { readonly do: 'prepare'; readonly attempt: Attempt }
  /** The output continues with the prepared connection. */
  | { readonly do: 'take-over'; readonly attempt: Attempt }
  /**
   * Request other nodes to take over, one at a time and each once. Answer: `leadership-lost` when
   * one has, or `offer-failed`, `offer-declined`, `no-successor`.
   */
  | { readonly do: 'offer' }
  /** Decline the leader's request to take over. */
  | { readonly do: 'decline' }
  /** Let others go first in the next elections. */
  | { readonly do: 'yield' }
  /** Close the connection, give the slot back after the socket's end. Answer: `closed`. */
  | { readonly do: 'close'; readonly attempt: Attempt }
  /** Remember the outcome for all nodes. */
  | { readonly do: 'note-failure'; readonly attempt: Attempt; readonly failure: Failure }
  | { readonly do: 'note-success'; readonly attempt: Attempt }
  /**
   * Wait before this round. Answer: `rested`. If the rest before this round has begun already, it
   * continues.
   */
  | { readonly do: 'rest'; readonly round: number }
  /**
   * Queue for a slot of the accounts of these streams, and of no other account: an unneeded place
   * in a queue keeps others waiting. Answer: `slot-free`, each time; `waited-enough`, unless
   * `patient`.
   */
  | { readonly do: 'await-slot'; readonly streams: readonly number[]; readonly patient: boolean }
  | { readonly do: 'end'; readonly end: EndReason }

export type Step = { readonly state: ChannelState; readonly actions: readonly ChannelAction[] }

/**
 * Follows, and prepares to lead: a second connection, with its own slot, before the leader closes
 * its connection.
 */
export type Preparing = {
  readonly phase: 'preparing'
  readonly attempt: Attempt
  readonly ledger: Ledger
  readonly step: 'reserving' | 'opening' | 'claiming'
  /** Streams for which a spare slot can still be requested, in this order. */
  readonly others: readonly number[]
}

/** Follows, and closes a connection that was prepared in vain. */
export type Withdrawing = {
  readonly phase: 'withdrawing'
  readonly attempt: Attempt
  readonly ledger: Ledger
  readonly after:
    | { readonly go: 'follow' }
    | { readonly go: 'elect'; readonly verdict?: Verdict }
    | { readonly go: 'end'; readonly end: EndReason }
}
