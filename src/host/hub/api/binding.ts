/**
 * The value of a durable client binding and the links of one instance, in the real extension's shape (durable-protocol §2).
 */

const PLACEHOLDER_ID = 'INSTANCEID';

export interface Links {
  id: string;
  statusQueryGetUri: string;
  sendEventPostUri: string;
  terminatePostUri: string;
  rewindPostUri: string;
  purgeHistoryDeleteUri: string;
  restartPostUri: string;
  suspendPostUri: string;
  resumePostUri: string;
}

export interface LinkBase {
  hubName: string;
  origin: string;
  systemKey: string;
}

export function linksFor(base: LinkBase, id: string): Links {
  const query = queryOf(base);
  const instance = `${webhooks(base)}/instances/${id}`;
  return {
    id,
    statusQueryGetUri: `${instance}?${query}`,
    sendEventPostUri: `${instance}/raiseEvent/{eventName}?${query}`,
    terminatePostUri: `${instance}/terminate?reason={text}&${query}`,
    rewindPostUri: `${instance}/rewind?reason={text}&${query}`,
    purgeHistoryDeleteUri: `${instance}?${query}`,
    restartPostUri: `${instance}/restart?${query}`,
    suspendPostUri: `${instance}/suspend?reason={text}&${query}`,
    resumePostUri: `${instance}/resume?reason={text}&${query}`,
  };
}

export function clientBinding(base: LinkBase, rpcBaseUrl: string): string {
  const root = webhooks(base);
  const code = codeOf(base);
  const create = `${root}/orchestrators/{functionName}[/{instanceId}]`;
  return JSON.stringify({
    taskHubName: base.hubName,
    connectionName: null,
    creationUrls: {
      createNewInstancePostUri: `${create}?${code}`,
      createAndWaitOnNewInstancePostUri: `${create}?timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}&${code}`,
    },
    managementUrls: linksFor(base, PLACEHOLDER_ID),
    baseUrl: root,
    requiredQueryStringParameters: code,
    rpcBaseUrl: rpcBaseUrl.endsWith('/') ? rpcBaseUrl : `${rpcBaseUrl}/`, // without it the client drops the last part
    httpBaseUrl: null,
    maxGrpcMessageSizeInBytes: 2_147_483_647,
    grpcHttpClientTimeout: '00:01:40',
  });
}

function webhooks(base: LinkBase): string {
  return `${base.origin}/runtime/webhooks/durabletask`;
}

function codeOf(base: LinkBase): string {
  return `code=${encodeURIComponent(base.systemKey)}`;
}

function queryOf(base: LinkBase): string {
  return `taskHub=${encodeURIComponent(base.hubName)}&connection=Storage&${codeOf(base)}`;
}
