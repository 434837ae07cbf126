// Templates that compete (the first name that fits answers), and authorization levels.
import { app } from '@azure/functions';

const say = (name, route, more = {}) =>
  app.http(name, { route, handler: (request) => ({ jsonBody: { name, params: request.params } }), ...more });

say('zAnything', '{*any}');
say('fileZRest', 'files/{*rest}');
say('fileList', 'files/list');
say('fileNumber', 'files/{number:int}');
say('fileWhole', 'files/{name}');
say('filePart', 'files/{name}.{extension}');
say('fileSize', 'files/{name}/size/{unit=bytes}');
say('onlyPut', 'only/put', { methods: ['PUT'] });

say('open', 'levels/open', { authLevel: 'anonymous' });
say('locked', 'levels/function', { authLevel: 'function' });
say('guarded', 'levels/admin', { authLevel: 'admin' });
