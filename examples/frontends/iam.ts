import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import type { Credentials } from "tasks-api-client";
import { region } from "./config.js";

type Signer = ConstructorParameters<typeof SignatureV4>[0];

/** Signs each request with the credentials of a role, or with a provider of them: `fromNodeProviderChain()` of `@aws-sdk/credential-providers`. */
export function iam(credentials: Signer["credentials"]): Credentials {
  const signer = new SignatureV4({ credentials, region, service: "appsync", sha256: Sha256 });
  return async ({ url, body }) => {
    const { host, hostname, pathname: path, protocol } = new URL(url);
    const headers = { host, "content-type": "application/json" };
    return (await signer.sign({ method: "POST", protocol, hostname, path, headers, body })).headers;
  };
}
