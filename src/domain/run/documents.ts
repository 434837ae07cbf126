/**
 * The documents of a run's partition beside its head, and the declaration of every stored field. The stores write
 * exactly the declared fields of these kinds and refuse any other.
 */
import type { PrincipalId } from '../ids.ts';
import type { Instant } from '../json.ts';
import { clear, sealed, sealedLater, type Declared, type Sealed } from '../sealing/sealed.ts';
import type { Head, Row } from './head.ts';

/** What a step left: its output, or its error. Id `result~<step>~<attempt>~<fence>`; the run's own output is `$end`'s. */
export interface ResultDocument {
  readonly kind: 'result';
  readonly id: string;
  readonly step: number;
  readonly attempt: number;
  readonly what: 'output' | 'error';
  readonly value: Sealed;
}

/** The run's input and the `vars` evaluated from it. Id `input`. */
export interface InputDocument {
  readonly kind: 'input';
  readonly id: string;
  readonly input: Sealed;
  readonly vars: Sealed;
}

/** One effect slot of a (step, record): see `domain/effect`. Id `effect~<step>~<record>~<batch>`. */
export interface EffectDocument {
  readonly kind: 'effect';
  readonly id: string;
  readonly step: number;
  readonly record: number;
  readonly batch: number;
  /** Goes up only after a definite refusal. */
  readonly epoch: number;
  readonly state: 'intended' | 'confirmed' | 'refused' | 'unknown';
  /** Idempotency key sent to the target: HMAC, without the content. */
  readonly key: string;
  /** Salted digest of the request under that key. */
  readonly requestDigest: string;
  readonly connector: string;
  readonly connectorVersion: number;
  readonly resource: string;
  readonly executor: string | null;
  /** Until when the executor may act; nobody else sends before. */
  readonly until: Instant | null;
  /** First look-up that did not find it, when it was asked after a lost answer. */
  readonly absentAt: Instant | null;
  readonly request: Sealed;
  readonly receipt: Sealed | null;
  readonly settledAt: Instant | null;
  /** Approval request whose decision allowed it; null where policies only allow. */
  readonly decision: string | null;
  /** Run attempt in which it was last changed: associated data of its sealed fields. */
  readonly attempt: number;
}

export interface Decision {
  readonly by: PrincipalId;
  /** The person represented, when a delegate decided. */
  readonly onBehalfOf: PrincipalId | null;
  readonly decision: 'approve' | 'reject';
  readonly at: Instant;
  readonly assurance: 'link' | 'signed-in' | 'signed-in+mfa';
  readonly revision: number;
  readonly digest: string;
  /** Taken back before anything was written: it counts for nothing since. */
  readonly withdrawn: { readonly by: PrincipalId; readonly at: Instant } | null;
}
export interface ApproverLink {
  readonly approver: PrincipalId;
  /** SHA-256 (hex) of the token; the token itself is sealed in the outbox document until it is sent. */
  readonly tokenHash: string;
  readonly expiresAt: Instant;
  readonly revokedAt: Instant | null;
}

/** What is bound and decided. Requests, decisions and outcome are one document with one revision. Id `request~<step>`. */
export interface RequestDocument {
  readonly kind: 'request';
  readonly id: string;
  readonly step: number;
  readonly revision: number;
  readonly state: 'OPEN' | 'APPROVED' | 'REJECTED' | 'EXPIRED' | 'VOID';
  /** Allowed or denied by rules alone (no person asked), or by people. */
  readonly authority: 'policy' | 'people';
  /** Salted SHA-256 (hex) over the canonical content. */
  readonly digest: string;
  readonly reasons: readonly string[];
  /** `policy@version` of every policy evaluated, the connector's included. */
  readonly policies: readonly string[];
  readonly eligible: {
    readonly users: readonly string[];
    readonly roles: readonly string[];
    readonly groups: readonly string[];
  };
  readonly excluded: readonly PrincipalId[];
  readonly quorum: number;
  readonly assurance: 'link' | 'signed-in' | 'signed-in+mfa';
  readonly disclose: Readonly<Record<string, readonly string[]>>;
  readonly links: readonly ApproverLink[];
  readonly decisions: readonly Decision[];
  readonly openedAt: Instant;
  readonly dueAt: Instant | null;
  readonly onDeadline: 'reject' | 'escalate' | 'fail' | null;
  readonly validForMs: number;
  readonly decidedAt: Instant | null;
  readonly validUntil: Instant | null;
  /**
   * Whether the first approval has to bring form values (`asked`), they are part of the content (`given`), or they are recorded
   * beside it for information (`noted`).
   */
  readonly values: 'none' | 'asked' | 'given' | 'noted';
  /** Run attempt in which it was asked: part of the place of its seal. */
  readonly attempt: number;
  /** The complete content: salt, every request of every governed step, totals, form values. */
  readonly content: Sealed;
  /** Comments of the decisions, in their order. */
  readonly comments: Sealed | null;
  /** Informational form values of the decisions, in their order. Absent in requests that were asked before there were any. */
  readonly answers?: Sealed | null;
}

/** Something to deliver, with what it needs, until it is delivered. Id `post~<entry id>`. */
export interface PostDocument {
  readonly kind: 'post';
  readonly id: string;
  readonly payload: Sealed;
}

/** Bytes that somebody attached to the run. Id `artifact~<random>`. */
export interface ArtifactDocument {
  readonly kind: 'artifact';
  readonly id: string;
  readonly name: Sealed;
  readonly contentType: string;
  readonly bytes: number;
  readonly createdAt: Instant;
  readonly createdBy: PrincipalId;
  /** Base64. */
  readonly content: Sealed;
}

/** Why a person did something to the run, in their words. Id `note~<random>`; the audit record of the act names it. */
export interface NoteDocument {
  readonly kind: 'note';
  readonly id: string;
  readonly text: Sealed;
}

export type RunDocument =
  ResultDocument | InputDocument | EffectDocument | RequestDocument | PostDocument | ArtifactDocument | NoteDocument;
export type RunDocumentKind = RunDocument['kind'];

export interface AuditedDocument {
  readonly id: string;
  /** SHA-256 (hex) of the canonical stored form; null: removed. */
  readonly hash: string | null;
  /** State of an effect or a request from then on; null for kinds that have none. */
  readonly state: string | null;
}

/** One audit record: what changed in this commit. Everything in it is clear; contents appear as digests of stored forms. */
export interface AuditRecord {
  readonly seq: number;
  readonly at: Instant;
  readonly by: PrincipalId;
  /** Type of the event and its ids, codes and numbers. */
  readonly event: Readonly<Record<string, string | number | boolean | null>>;
  /** Head fields that changed, with their new values; rows apart. */
  readonly head: Partial<Omit<Head, 'rows' | 'audit'>>;
  readonly rows: readonly Row[];
  /** Documents that the commit wrote or removed, in the form that they then had. */
  readonly documents: readonly AuditedDocument[];
  readonly prev: string;
  /** SHA-256 (hex) of the canonical record without this field. */
  readonly hash: string;
}

const ID = 'identifier made of ordinals and numbers';
const WHEN = 'time, needed for operation';
const CODE = 'closed code';
const COUNT = 'number, needed for operation';

export const RUN_DOCUMENT_FIELDS: {
  readonly [Kind in RunDocumentKind]: Declared<Extract<RunDocument, { kind: Kind }>>;
} = {
  result: {
    kind: clear(CODE),
    id: clear(ID),
    step: clear(ID),
    attempt: clear(COUNT),
    what: clear(CODE),
    value: sealed('run'),
  },
  input: { kind: clear(CODE), id: clear(ID), input: sealed('run'), vars: sealed('run') },
  effect: {
    kind: clear(CODE),
    id: clear(ID),
    step: clear(ID),
    record: clear(ID),
    batch: clear(ID),
    epoch: clear(COUNT),
    state: clear(CODE),
    key: clear('HMAC without the content'),
    requestDigest: clear('salted digest'),
    connector: clear('identifier of a connector'),
    connectorVersion: clear(COUNT),
    resource: clear('literal of the definition'),
    executor: clear('Durable instance id'),
    until: clear(WHEN),
    absentAt: clear(WHEN),
    request: sealed('run'),
    receipt: sealed('run'),
    settledAt: clear(WHEN),
    decision: clear(ID),
    attempt: clear(COUNT),
  },
  request: {
    kind: clear(CODE),
    id: clear(ID),
    step: clear(ID),
    revision: clear(COUNT),
    state: clear(CODE),
    authority: clear(CODE),
    digest: clear('salted digest'),
    reasons: clear('constants of a policy'),
    policies: clear('identifiers of policies'),
    eligible: clear('directory ids, needed to answer who may decide'),
    excluded: clear('principal ids'),
    quorum: clear(COUNT),
    assurance: clear(CODE),
    disclose: clear('pointers written in a policy'),
    links: clear('hashes and times'),
    decisions: clear('who decided, when and how; comments are apart'),
    openedAt: clear(WHEN),
    dueAt: clear(WHEN),
    onDeadline: clear(CODE),
    validForMs: clear(COUNT),
    decidedAt: clear(WHEN),
    validUntil: clear(WHEN),
    values: clear(CODE),
    attempt: clear(COUNT),
    content: sealed('run'),
    comments: sealed('run'),
    answers: sealedLater('run'),
  },
  artifact: {
    kind: clear(CODE),
    id: clear('random'),
    name: sealed('run'),
    contentType: clear('media type, one of a short list'),
    bytes: clear(COUNT),
    createdAt: clear(WHEN),
    createdBy: clear('principal id'),
    content: sealed('run'),
  },
  post: { kind: clear(CODE), id: clear(ID), payload: sealed('run') },
  note: { kind: clear(CODE), id: clear('random'), text: sealed('run') },
};
