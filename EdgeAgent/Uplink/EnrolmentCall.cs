using System.Net;
using BrightKitchen.Contracts;

namespace BrightKitchen.EdgeAgent.Uplink;

/// <summary>Enrols this edge agent with a server.</summary>
internal static class EnrolmentCall
{
    /// <returns>False when the server refuses the code: it is wrong, used or expired.</returns>
    /// <exception cref="HttpRequestException">The server is unreachable, or its response is an error or empty.</exception>
    /// <exception cref="System.Text.Json.JsonException">The response is not valid JSON.</exception>
    public static async Task<bool> AskAsync(HttpClient server, AgentIdentity identity, string code, string name, CancellationToken stop)
    {
        using var answer = await server.PostAsJsonAsync(BoxRoutes.Enrol, new EnrolmentRequest(code.Trim(), identity.PublicKey, name), stop);
        if (answer.StatusCode == HttpStatusCode.Unauthorized)
            return false;
        answer.EnsureSuccessStatusCode();
        identity.Enrolled(
            await answer.Content.ReadFromJsonAsync<EnrolmentAnswer>(stop)
                ?? throw new HttpRequestException("The server's response to the enrolment is empty.")
        );
        return true;
    }
}
