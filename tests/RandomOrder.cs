using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using BrightKitchen.Tests;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(RandomOrder))]
[assembly: TestClassOrderer(typeof(RandomOrder))]
[assembly: TestMethodOrderer(typeof(RandomOrder))]
[assembly: TestCaseOrderer(typeof(RandomOrder))]

namespace BrightKitchen.Tests;

/// <summary>
/// xunit's own order, which is the same in every run; with <c>BRIGHTKITCHEN_ORDER</c>, which <c>./run test --random SEED</c> sets, an order
/// that the seed decides. Part of every test project.
/// </summary>
internal sealed class RandomOrder : ITestCollectionOrderer, ITestClassOrderer, ITestMethodOrderer, ITestCaseOrderer
{
    private static readonly string? Seed = Environment.GetEnvironmentVariable("BRIGHTKITCHEN_ORDER") is { Length: > 0 } seed ? seed : null;

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        Seed is null
            ? DefaultTestCollectionOrderer.Instance.OrderTestCollections(testCollections)
            : Shuffled(testCollections, c => c.UniqueID);

    public IReadOnlyCollection<TTestClass?> OrderTestClasses<TTestClass>(IReadOnlyCollection<TTestClass?> testClasses)
        where TTestClass : notnull, ITestClass =>
        Seed is null ? DefaultTestClassOrderer.Instance.OrderTestClasses(testClasses) : Shuffled(testClasses, c => c?.UniqueID);

    public IReadOnlyCollection<TTestMethod?> OrderTestMethods<TTestMethod>(IReadOnlyCollection<TTestMethod?> testMethods)
        where TTestMethod : notnull, ITestMethod =>
        Seed is null ? DefaultTestMethodOrderer.Instance.OrderTestMethods(testMethods) : Shuffled(testMethods, m => m?.UniqueID);

    public IReadOnlyCollection<TTestCase> OrderTestCases<TTestCase>(IReadOnlyCollection<TTestCase> testCases)
        where TTestCase : notnull, ITestCase =>
        Seed is null ? DefaultTestCaseOrderer.Instance.OrderTestCases(testCases) : Shuffled(testCases, c => c.UniqueID);

    // By a hash of the seed and the id: the same on every machine, whatever order the tests were found in.
    private static List<T> Shuffled<T>(IReadOnlyCollection<T> all, Func<T, string?> id) =>
        [.. all.OrderBy(one => Key(id(one)), StringComparer.Ordinal)];

    private static string Key(string? id) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Seed} {id}"))));
}
