/** The index as AI Search keeps it. Clear text by design: only documents that their owner marked as indexable are in it. */
import type { SearchIndex } from '@azure/search-documents';

export interface Passage {
  readonly key: string;
  readonly tenantId: string;
  readonly document: string;
  readonly collection: string;
  readonly readers: string[];
  readonly ordinal: number;
  readonly title: string;
  readonly text: string;
}

export const INDEX: SearchIndex = {
  name: 'countersign-documents',
  fields: [
    { name: 'key', type: 'Edm.String', key: true },
    { name: 'tenantId', type: 'Edm.String', filterable: true },
    { name: 'document', type: 'Edm.String', filterable: true },
    { name: 'collection', type: 'Edm.String', filterable: true },
    { name: 'readers', type: 'Collection(Edm.String)', filterable: true },
    { name: 'ordinal', type: 'Edm.Int32', sortable: true },
    { name: 'title', type: 'Edm.String', searchable: true },
    { name: 'text', type: 'Edm.String', searchable: true },
  ],
};
