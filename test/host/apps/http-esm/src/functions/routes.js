// Templates that compete, and authorization levels.
import { app } from '@azure/functions';

const say = (name, route, more = {}) =>
  app.http(name, { route, handler: (request) => ({ jsonBody: { name, params: request.params } }), ...more });

say('anything', '{*any}');
say('fileRest', 'files/{*rest}');
say('fileList', 'files/list');
say('fileNumber', 'files/{number:int}');
say('fileName', 'files/{name}');
say('filePart', 'files/{name}.{extension}');
say('fileSize', 'files/{name}/size/{unit=bytes}');
say('onlyPut', 'only/put', { methods: ['PUT'] });

say('open', 'levels/open', { authLevel: 'anonymous' });
say('locked', 'levels/function', { authLevel: 'function' });
say('guarded', 'levels/admin', { authLevel: 'admin' });
