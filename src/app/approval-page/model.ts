/** What the page shows, already chosen and disclosed for one person: rendering decides nothing. */
import type { Instant, Json } from '../../domain/json.ts';

export interface PageRequest {
  readonly step: string;
  /** `erp · ledger-entries`. */
  readonly target: string;
  readonly connectorVersion: number;
  /** `create`, `update` …, or `command`. */
  readonly action: string;
  readonly count: number;
  /** Those of this page; `record` is null where nothing of it is disclosed. */
  readonly records: readonly { readonly ordinal: number; readonly record: Json }[];
}

export interface PageReceipt {
  readonly approval: string;
  readonly decision: 'approve' | 'reject';
  readonly by: string;
  readonly at: Instant;
  readonly assurance: string;
  readonly revision: number;
  readonly digest: string;
}

/** What is common to every page that knows its request. */
export interface PageSubject {
  readonly workflow: string;
  readonly version: number;
  readonly run: string;
  readonly step: string;
  /** Name of the person who looks: the page is theirs. */
  readonly reader: string;
}

/** One field of a form as the page shows it. */
export interface PageField {
  readonly name: string;
  /** Name under which it is posted. */
  readonly input: string;
  readonly label: string;
  readonly hint: string | null;
  readonly expected: string | null;
  readonly required: boolean;
  readonly control:
    'text' | 'lines' | 'select' | 'numeric' | 'decimal' | 'date' | 'datetime-local' | 'time' | 'email' | 'url';
  readonly maxLength: number | null;
  readonly options: readonly { readonly label: string; readonly value: string }[];
  readonly value: string;
  readonly error: string | null;
}

export interface PageForm {
  readonly title: string | null;
  readonly description: string | null;
  readonly fields: readonly PageField[];
  /** What is wrong with the answers together. */
  readonly error: string | null;
}

export interface PageValue {
  readonly label: string;
  readonly value: Json;
}

export interface AskPage {
  readonly kind: 'ask';
  readonly subject: PageSubject;
  readonly startedBy: string;
  readonly openedAt: Instant;
  readonly dueAt: Instant | null;
  readonly onDeadline: string | null;
  readonly validForMs: number;
  readonly now: Instant;
  readonly reasons: readonly { readonly code: string; readonly text: string | null }[];
  readonly quorum: number;
  readonly totals: Json;
  readonly facts: Json;
  readonly checked: Json;
  readonly requests: readonly PageRequest[];
  readonly complete: boolean;
  readonly paging: {
    readonly page: number;
    readonly pages: number;
    readonly from: number;
    readonly to: number;
    readonly total: number;
  };
  readonly revision: number;
  readonly digest: string;
  readonly nonce: string;
  readonly comment: string;
  /** Form values are recorded with each approval and are no part of what is decided. */
  readonly informational: boolean;
  /** What an approval has to say; null where nothing is asked or somebody has said what everybody approves. */
  readonly form: PageForm | null;
  /** What somebody said: part of what is decided, unless informational. */
  readonly values: readonly PageValue[] | null;
  /** What went wrong with the last answer, if anything did. */
  readonly problem: { readonly text: string; readonly field: 'comment' | null } | null;
}

export interface DecidedPage {
  readonly kind: 'decided';
  readonly subject: PageSubject;
  readonly state: 'OPEN' | 'APPROVED' | 'REJECTED' | 'EXPIRED' | 'VOID';
  /** This very visit made the decision. */
  readonly justNow: boolean;
  /** The person tried to decide otherwise than what stands. */
  readonly tooLate: boolean;
  readonly receipts: readonly PageReceipt[];
  /** Form values that were decided with the content; null where there are none, or not for this reader. */
  readonly values: readonly PageValue[] | null;
}

/** A page that may not say anything about a request, or has nothing to say. */
export interface MessagePage {
  readonly kind: 'message';
  readonly title: string;
  readonly text: string;
}

export type ApprovalPage = AskPage | DecidedPage | MessagePage;
