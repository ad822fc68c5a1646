export const url = "http://127.0.0.1:4000/graphql";
export const userPoolId = "us-east-1_EXAMPLE";
export const userPoolClientId = "EXAMPLECLIENT";
export const region = "us-east-1";
export const userPoolEndpoint: string | undefined = "http://127.0.0.1:4566"; // on AWS: undefined
export const tlsUrl = "https://localhost:4443/graphql"; // on AWS: url
