// After azd provisioned: the identity of the app exists now, so the registration is deployed once more to let it read the
// members of groups. Its id is an output of the deployment, which azd puts into the environment.
import { register, remember } from './register.mjs';

const { env } = process;
if (env.COUNTERSIGN_APP_PRINCIPAL_ID && env.COUNTERSIGN_GROUPS_GRANTED !== env.COUNTERSIGN_APP_PRINCIPAL_ID) {
  register();
  remember('COUNTERSIGN_GROUPS_GRANTED', env.COUNTERSIGN_APP_PRINCIPAL_ID);
}
