using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Configuration;
using BrightKitchen.Sealing;
using BrightKitchen.VisionModels;
using BrightKitchen.WebComponents;
using Assembly = System.Reflection.Assembly;

namespace BrightKitchen.Architecture.Tests;

/// <summary>Who may know whom.</summary>
public sealed class DependencyTests
{
    private static readonly IReadOnlyDictionary<string, Assembly> Ours = new[]
    {
        typeof(FindingReport).Assembly,
        typeof(Jws).Assembly,
        typeof(FrameDetector).Assembly,
        typeof(AgentSettings).Assembly,
        typeof(Words).Assembly,
        typeof(CentralServer.Findings.Finding).Assembly,
        Assembly.Load("KioskUI"),
    }.ToDictionary(a => a.GetName().Name!);

    private static readonly ArchUnitNET.Domain.Architecture Everything = new ArchLoader().LoadAssemblies([.. Ours.Values]).Build();

    [Theory]
    [InlineData("Contracts", "")]
    [InlineData("Sealing", "Contracts")]
    [InlineData("VisionModels", "")]
    [InlineData("WebComponents", "")]
    [InlineData("EdgeAgent", "Contracts Sealing VisionModels")]
    [InlineData("CentralServer", "Contracts Sealing WebComponents")]
    [InlineData("KioskUI", "Contracts Sealing WebComponents")]
    public void A_project_knows_only_those_it_may(string project, string mayKnow)
    {
        string[] allowed = [project, .. mayKnow.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        var known = Everything
            .Types.Where(t => In(t, project))
            .SelectMany(t => t.Dependencies)
            .Select(d => d.Target)
            .Select(NameOf)
            .Where(Ours.ContainsKey)
            .Distinct();
        known.Except(allowed).ShouldBeEmpty();
        Everything.Types.ShouldContain(t => In(t, project), $"types of {project} were looked at");
    }

    [Theory]
    [InlineData("Microsoft.ML.OnnxRuntime", "VisionModels")]
    [InlineData("LiteDB", "EdgeAgent KioskUI")]
    [InlineData("FFMpegCore", "EdgeAgent")]
    [InlineData("Microsoft.EntityFrameworkCore", "CentralServer")]
    public void A_library_is_known_to_those_alone_that_need_it(string library, string projects) =>
        Ours
            .Values.Where(a => a.GetReferencedAssemblies().Any(r => r.Name == library))
            .Select(a => a.GetName().Name)
            .ShouldBe(projects.Split(' '), ignoreOrder: true);

    [Fact]
    public void Folders_are_named_after_what_the_domain_does()
    {
        string[] kindsOfClass = ["Services", "Helpers", "Managers", "Utils", "Models", "Interfaces", "Common", "Controllers"];
        var namespaces = Ours.Values.SelectMany(a => a.GetTypes()).Select(t => t.Namespace).OfType<string>().Distinct();
        namespaces.Where(n => n.Split('.').Intersect(kindsOfClass).Any()).ShouldBeEmpty();
    }

    private static bool In(IType type, string project) => NameOf(type) == project;

    // A type that was not found has no assembly.
    private static string NameOf(IType type) => type.Assembly?.Name.Split(',')[0] ?? "";
}
