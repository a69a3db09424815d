using BrightKitchen.KioskUI.Link;
using BrightKitchen.KioskUI.Store;
using Microsoft.Extensions.Time.Testing;

namespace BrightKitchen.KioskUI.Tests;

/// <summary>What a power cut leaves of the kiosk's own files.</summary>
public sealed class KioskIdentityTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("brightkitchen-identity-").FullName;

    [Theory]
    [InlineData("enrolment.json", "", true)]
    [InlineData("enrolment.json", "{\"BoxId\":\"ki", true)]
    [InlineData("enrolment.json", "\0\0\0\0", true)]
    [InlineData("enrolment.json", "null", true)]
    [InlineData("kiosk.key", "", false)]
    [InlineData("kiosk.key", "-----BEGIN PRIVATE KEY-----\nMIGH", false)]
    [InlineData("kiosk.key", "\0\0\0\0", false)]
    public void A_kiosk_starts_whatever_is_left_of_its_files_and_is_enrolled_again(string file, string left, bool keepsKey)
    {
        string key;
        using (var before = Open())
        {
            before.Enrolled(new("kiosk-1", "canteen"));
            key = before.PublicKey;
        }

        File.WriteAllText(Path.Combine(folder, file), left);
        using (var after = Open())
        {
            after.Enrolment.ShouldBeNull();
            (after.PublicKey == key).ShouldBe(keepsKey);
            after.Enrolled(new("kiosk-2", "canteen"));
            key = after.PublicKey;
        }

        using var again = Open();
        (again.Enrolment!.BoxId, again.PublicKey).ShouldBe(("kiosk-2", key));
    }

    public void Dispose() => Directory.Delete(folder, true);

    private KioskIdentity Open() => new(folder, new KioskClock(new FakeTimeProvider(new(2026, 11, 27, 0, 0, 0, TimeSpan.Zero))));
}
