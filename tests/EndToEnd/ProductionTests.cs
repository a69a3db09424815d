namespace BrightKitchen.EndToEnd;

/// <summary>What only an installation has, in the production profile (see <c>ProductionFront</c>).</summary>
public sealed class ProductionTests(RunningKitchen running)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1.1);

    [Theory]
    [InlineData("inspector", "检查员 巴图", "/desk")]
    [InlineData("regulator", "监管员 王芳", "/report")]
    [InlineData("admin", "admin", "/people")]
    public async Task An_officials_pages_stay_open_over_ten_validations_behind_tls(string name, string shown, string path)
    {
        Assert.SkipWhen(running.Kitchen.Front is null, "The demo's officials have no second factor.");
        var page = await running.SignInAsync(name);
        for (var i = 0; i < 10; i++)
        {
            // The server compares a session with its database every second in this profile.
            await Task.Delay(Interval, TestContext.Current.CancellationToken);
            var answer = (await page.GotoAsync(new Uri(running.Kitchen.ServerAddress, path).ToString()))!;
            (answer.Status, new Uri(page.Url).AbsolutePath, new Uri(page.Url).Scheme).ShouldBe(
                (200, path, "https"),
                $"after {i + 1} intervals"
            );
            (await page.InnerTextAsync("header a[href='/account']")).ShouldBe(shown);
        }

        await RunningKitchen.CloseAsync(page);
    }
}
