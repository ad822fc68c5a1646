const username = 'DEMO_USER';
const answer = await altair.helpers.request('POST', altair.helpers.getEnvironment('awsEndpointUrl'), {
  headers: {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth',
  },
  body: JSON.stringify({
    ClientId: altair.helpers.getEnvironment('clientId'),
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: username, PASSWORD: altair.helpers.getEnvironment(`users.${username}.password`) },
  }),
});
if (!answer.AuthenticationResult) {
  throw new Error(`${username} could not be signed in: ${answer.message}`);
}
altair.helpers.setEnvironment('token', answer.AuthenticationResult.AccessToken);
