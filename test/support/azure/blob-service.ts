/** Blob Storage as its REST interface shows itself to the SDK: block blobs, conditions, metadata, flat listings with markers. */
import type { Answer, Asked, Service } from './https-server.ts';

export interface HeldBlob {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly metadata: Readonly<Record<string, string>>;
}
export interface BlobService extends Service {
  /** `container/name` → blob: also what a thief of the storage would see. */
  readonly blobs: Map<string, HeldBlob>;
}

let etags = 0;

export function blobService(containers: readonly string[]): BlobService {
  const blobs = new Map<string, HeldBlob>();

  function handle(asked: Asked): Answer {
    if (!/^Bearer [\w.-]+$/.test(asked.headers['authorization'] ?? ''))
      return failed(401, 'NoAuthenticationInformation');
    if (asked.headers['x-ms-version'] === undefined) return failed(400, 'MissingRequiredHeader');
    const [, container = '', ...rest] = decodeURIComponent(asked.path).split('/');
    if (!containers.includes(container)) return failed(404, 'ContainerNotFound');
    if (rest.length === 0)
      return asked.query.get('comp') === 'list' ? list(blobs, container, asked) : failed(400, 'InvalidUri');
    const name = `${container}/${rest.join('/')}`;
    switch (asked.method) {
      case 'PUT':
        return put(blobs, name, asked);
      case 'GET':
      case 'HEAD':
        return get(blobs, name, asked);
      case 'DELETE':
        return blobs.delete(name) ? { status: 202 } : failed(404, 'BlobNotFound');
      default:
        return failed(405, 'UnsupportedHttpVerb');
    }
  }

  return { name: 'blob', blobs, operationOf, handle };
}

function operationOf({ method, query }: Omit<Asked, 'operation'>): string {
  if (query.get('comp') === 'list') return 'list';
  return { PUT: 'write', GET: 'read', HEAD: 'look', DELETE: 'remove' }[method] ?? 'other';
}

function failed(status: number, code: string): Answer {
  const body = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`;
  return { status, headers: { 'content-type': 'application/xml', 'x-ms-error-code': code }, body };
}

function put(blobs: Map<string, HeldBlob>, name: string, asked: Asked): Answer {
  if (asked.headers['x-ms-blob-type'] !== 'BlockBlob') return failed(400, 'UnsupportedHeader');
  const standing = blobs.get(name);
  if (asked.headers['if-none-match'] === '*' && standing !== undefined) return failed(409, 'BlobAlreadyExists');
  const match = asked.headers['if-match'];
  if (match !== undefined && standing?.etag !== match) return failed(412, 'ConditionNotMet');
  const etag = `"0x${(++etags).toString(16).toUpperCase()}"`;
  const metadata = Object.fromEntries(
    Object.entries(asked.headers).flatMap(([header, value]) =>
      header.startsWith('x-ms-meta-') ? [[header.slice(10), value]] : [],
    ),
  );
  blobs.set(name, { bytes: asked.body, etag, metadata });
  return {
    status: 201,
    headers: { etag, 'last-modified': new Date().toUTCString(), 'x-ms-request-server-encrypted': 'true' },
  };
}

function get(blobs: Map<string, HeldBlob>, name: string, asked: Asked): Answer {
  const blob = blobs.get(name);
  if (blob === undefined) return failed(404, 'BlobNotFound');
  const metadata = Object.fromEntries(Object.entries(blob.metadata).map(([key, value]) => [`x-ms-meta-${key}`, value]));
  return {
    status: 200,
    headers: {
      etag: blob.etag,
      'x-ms-blob-type': 'BlockBlob',
      'last-modified': new Date().toUTCString(),
      'content-type': 'application/octet-stream',
      ...metadata,
    },
    ...(asked.method === 'GET' ? { body: blob.bytes } : {}),
  };
}

function list(blobs: Map<string, HeldBlob>, container: string, asked: Asked): Answer {
  const prefix = asked.query.get('prefix') ?? '';
  // Says nothing to who hands it back, as the service's own.
  const marker = Buffer.from(asked.query.get('marker') ?? '', 'base64').toString();
  const size = Number(asked.query.get('maxresults') ?? 5000);
  const names = [...blobs.keys()]
    .filter((name) => name.startsWith(`${container}/${prefix}`))
    .map((name) => name.slice(container.length + 1))
    .filter((name) => name >= marker)
    .sort();
  const page = names.slice(0, size);
  const entries = page.map((name) => {
    const blob = blobs.get(`${container}/${name}`) as HeldBlob;
    const metadata = Object.entries(blob.metadata).map(([key, value]) => `<${key}>${value}</${key}>`);
    return `<Blob><Name>${name}</Name><Properties><Etag>${blob.etag.replaceAll('"', '')}</Etag><BlobType>BlockBlob</BlobType><Content-Length>${blob.bytes.length}</Content-Length></Properties><Metadata>${metadata.join('')}</Metadata></Blob>`;
  });
  const body = `<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="${container}"><Prefix>${prefix}</Prefix><Blobs>${entries.join('')}</Blobs><NextMarker>${Buffer.from(names[size] ?? '').toString('base64')}</NextMarker></EnumerationResults>`;
  return { status: 200, headers: { 'content-type': 'application/xml' }, body };
}
