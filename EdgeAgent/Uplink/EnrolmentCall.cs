using System.Net;
using BrightKitchen.Contracts;

namespace BrightKitchen.EdgeAgent.Uplink;

/// <summary>Asks a server to take this box in.</summary>
internal static class EnrolmentCall
{
    /// <returns>False where the server refuses the code: it is wrong, used or too old.</returns>
    /// <exception cref="HttpRequestException">The server cannot be asked, or answers what nobody understands.</exception>
    public static async Task<bool> AskAsync(HttpClient server, AgentIdentity identity, string code, string name, CancellationToken stop)
    {
        using var answer = await server.PostAsJsonAsync(BoxRoutes.Enrol, new EnrolmentRequest(code.Trim(), identity.PublicKey, name), stop);
        if (answer.StatusCode == HttpStatusCode.Unauthorized)
            return false;
        answer.EnsureSuccessStatusCode();
        identity.Enrolled(
            await answer.Content.ReadFromJsonAsync<EnrolmentAnswer>(stop)
                ?? throw new HttpRequestException("The server's answer to the enrolment is empty.")
        );
        return true;
    }
}
