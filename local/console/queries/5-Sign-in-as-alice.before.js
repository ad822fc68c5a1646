const { awsEndpointUrl, clientId, username, password } = altair.helpers.getEnvironment('signIn');
const answer = await altair.helpers.request('POST', awsEndpointUrl, {
  headers: {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth',
  },
  body: JSON.stringify({
    ClientId: clientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: username, PASSWORD: password },
  }),
});
if (!answer.AuthenticationResult) {
  throw new Error(`alice could not be signed in: ${answer.message}`);
}
altair.helpers.setEnvironment('token', answer.AuthenticationResult.AccessToken);
