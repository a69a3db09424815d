using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace BrightKitchen.CentralServer.Data.Migrations
{
    /// <inheritdoc />
    public partial class CountingIndexes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_Findings_SiteId_OpenedAt",
                table: "Findings");

            migrationBuilder.CreateIndex(
                name: "IX_Findings_Pressing",
                table: "Findings",
                columns: new[] { "Tier", "OpenedAt" },
                filter: "\"OverAt\" IS NULL");

            migrationBuilder.CreateIndex(
                name: "IX_Findings_SiteId_OpenedAt_Kind_Stage",
                table: "Findings",
                columns: new[] { "SiteId", "OpenedAt", "Kind", "Stage" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_Findings_Pressing",
                table: "Findings");

            migrationBuilder.DropIndex(
                name: "IX_Findings_SiteId_OpenedAt_Kind_Stage",
                table: "Findings");

            migrationBuilder.CreateIndex(
                name: "IX_Findings_SiteId_OpenedAt",
                table: "Findings",
                columns: new[] { "SiteId", "OpenedAt" });
        }
    }
}
